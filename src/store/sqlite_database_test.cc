#include "store/sqlite_database.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "store/test_folder.h"
#include "store/test_process.h"

namespace pawfect {
namespace {

constexpr SqliteDatabase::Schema kSchema{
    "CREATE TABLE IF NOT EXISTS thing (name TEXT PRIMARY KEY, text TEXT NOT NULL)", 0x1234, 2};

class ASqliteDatabase : public testing::Test {
 protected:
  Result<std::unique_ptr<SqliteDatabase>> open(
      SqliteDatabase::Schema schema = kSchema,
      SqliteDatabase::Durability durability = SqliteDatabase::Durability::kSurvivesPowerCut) {
    return SqliteDatabase::open(file, schema, durability);
  }
  // What opening is refused with.
  std::string trouble() {
    const auto database = open();
    if (database) return "it was opened";
    EXPECT_EQ(database.error().code, ErrorCode::kUnavailable);
    EXPECT_NE(database.error().message.find(file.string()), std::string::npos);
    EXPECT_EQ(database.error().message.find('\n'), std::string::npos);
    return database.error().message;
  }
  static Result<int> add(SqliteDatabase& database, const std::string& name,
                         const std::string& text = "text") {
    return database.write([&](SqliteLink& link) {
      auto row = link.statement("INSERT INTO thing VALUES (?, ?)");
      row->bind(1, name);
      row->bind(2, text);
      return row->exec();
    });
  }
  static Result<int> count(SqliteDatabase& database) {
    return database.read([](SqliteLink& link) {
      auto row = link.statement("SELECT COUNT(text) FROM thing NOT INDEXED");
      row->executeStep();
      return row->getColumn(0).getInt();
    });
  }
  void write_file(const std::string& bytes) { std::ofstream(file, std::ios::binary) << bytes; }

  fakes::TestFolder folder{fakes::TestFolder::Where::kMemory};
  std::filesystem::path file = folder.path() / "test.db";
};

TEST_F(ASqliteDatabase, IsMadeForItsOwnerOnly) {
  ASSERT_TRUE(open());
  struct stat status{};
  ASSERT_EQ(::stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(ASqliteDatabase, SaysThatItsFolderIsNotThere) {
  file = folder.path() / "nowhere" / "test.db";
  EXPECT_NE(trouble().find("No such file"), std::string::npos) << trouble();
}

TEST_F(ASqliteDatabase, RefusesTheFileOfANewerProgramAndLeavesItAsItIs) {
  ASSERT_TRUE(open({kSchema.sql, kSchema.application_id, 7}));
  EXPECT_NE(trouble().find("has version 7, and this program knows up to 2"), std::string::npos);
  EXPECT_TRUE(open({kSchema.sql, kSchema.application_id, 7}));
}

TEST_F(ASqliteDatabase, RefusesTheDatabaseOfAnotherProgram) {
  ASSERT_TRUE(open({kSchema.sql, 0x9999, 1}));
  EXPECT_NE(trouble().find("another program"), std::string::npos);
  std::filesystem::remove(file);
  SQLite::Database(file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE)
      .exec("CREATE TABLE unnamed (x)");
  EXPECT_NE(trouble().find("another program"), std::string::npos);
}

TEST_F(ASqliteDatabase, RefusesAFileThatIsNoDatabase) {
  write_file(std::string(5000, 'x'));
  EXPECT_NE(trouble().find("damaged"), std::string::npos) << trouble();
}

TEST_F(ASqliteDatabase, TellsOfPagesThatAreDamaged) {
  {
    const auto database = open().value();
    for (int i = 0; i < 200; ++i)
      ASSERT_TRUE(add(*database, std::to_string(i), std::string(500, 'x')));
  }
  {
    std::fstream stream(file, std::ios::binary | std::ios::in | std::ios::out);
    stream.seekp(4096 * 3);  // behind the schema
    stream << std::string(4096 * 20, '\x5a');
  }
  const auto database = open();
  if (!database) {
    EXPECT_EQ(database.error().code, ErrorCode::kUnavailable);
    return;
  }
  const auto counted = count(**database);
  ASSERT_FALSE(counted);
  EXPECT_EQ(counted.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(counted.error().message.find(file.string()), std::string::npos);
  EXPECT_NE(counted.error().message.find("damaged"), std::string::npos) << counted.error().message;
}

TEST_F(ASqliteDatabase, IsMadeAnewWhenItIsDamagedAndMayBeLost) {
  constexpr auto kMayBeLost = SqliteDatabase::Durability::kMayBeLost;
  for (const bool is_whole_file : {true, false}) {
    {
      const auto database = open(kSchema, kMayBeLost).value();
      for (int i = 0; i < 200; ++i)
        ASSERT_TRUE(add(*database, std::to_string(i), std::string(500, 'x')));
    }
    if (is_whole_file) {
      write_file(std::string(9000, 'x'));
    } else {
      std::fstream stream(file, std::ios::binary | std::ios::in | std::ios::out);
      stream.seekp(4096 * 3);
      stream << std::string(4096 * 20, '\x5a');
    }
    const auto database = open(kSchema, kMayBeLost);
    ASSERT_TRUE(database) << database.error().message;
    EXPECT_EQ(count(**database), 0);
    std::filesystem::remove(file);
  }
  // What is not damaged is not replaced.
  ASSERT_TRUE(open({kSchema.sql, 0x9999, 1}));
  EXPECT_FALSE(open(kSchema, kMayBeLost));
  EXPECT_TRUE(open({kSchema.sql, 0x9999, 1}));
}

TEST_F(ASqliteDatabase, KeepsOneWritersTroubleFromTheOthers) {
  const auto database = open().value();
  constexpr int kThreads = 8, kRounds = 25;
  std::atomic<int> refused = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < kRounds; ++i) {
          EXPECT_TRUE(add(*database, std::to_string(t) + "-" + std::to_string(i)));
          // Every other thread writes half of something and gives up.
          if (t % 2 == 0) continue;
          const auto failed = database->write([&](SqliteLink& link) -> int {
            link.statement("INSERT INTO thing VALUES ('half', 'text')")->exec();
            throw std::runtime_error("given up");
          });
          if (!failed) ++refused;
        }
      });
    }
  }
  EXPECT_EQ(refused, kThreads / 2 * kRounds);
  EXPECT_EQ(count(*database), kThreads * kRounds);
}

TEST_F(ASqliteDatabase, SaysThatTheDiskIsFullAndGoesOnWhenThereIsRoom) {
  const auto database = open().value();
  ASSERT_TRUE(add(*database, "before"));
  Result<int> full = 0, also_full = 0;
  {
    const fakes::FileSizeLimit limit(64 * 1024);
    full = add(*database, "large", std::string(1'000'000, 'x'));
    also_full = add(*database, "large", std::string(1'000'000, 'x'));
  }
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(full.error().message.find(file.string()), std::string::npos);
  EXPECT_NE(full.error().message.find("disk"), std::string::npos) << full.error().message;
  EXPECT_FALSE(also_full);
  EXPECT_EQ(count(*database), 1);
  EXPECT_TRUE(add(*database, "after"));
  EXPECT_EQ(count(*database), 2);
}

TEST_F(ASqliteDatabase, TellsEveryoneInABatchThatTheDiskIsFull) {
  const auto database = open().value();
  std::atomic<int> written = 0;
  {
    const fakes::FileSizeLimit limit(256 * 1024);
    std::vector<std::jthread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < 10; ++i) {
          const std::string name = std::to_string(t) + "-" + std::to_string(i);
          if (add(*database, name, std::string(20'000, 'x'))) ++written;
        }
      });
    }
  }
  EXPECT_LT(written, 80);
  EXPECT_EQ(count(*database), written.load());
}

TEST_F(ASqliteDatabase, IsOpenedByManyProcessesAtOnce) {
  constexpr int kProcesses = 6;
  for (int round = 0; round < 5; ++round) {
    file = folder.path() / ("test" + std::to_string(round) + ".db");
    std::vector<std::unique_ptr<fakes::TestProcess>> processes;
    for (int i = 0; i < kProcesses; ++i) {
      processes.push_back(std::make_unique<fakes::TestProcess>([&, i] {
        const auto database = open();
        return database && add(**database, std::to_string(i)) ? 0 : 1;
      }));
    }
    for (const auto& process : processes) EXPECT_EQ(process->wait(), 0);
    EXPECT_EQ(count(*open().value()), kProcesses);
  }
}

}  // namespace
}  // namespace pawfect
