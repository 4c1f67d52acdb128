// The S3 adapter against servers that misbehave; a real one is in s3_server_test.cc.
#include "store/s3_blob_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <thread>

#include "base/sha256.h"
#include "store/test_s3_folder.h"
#include "store/test_scripted_peer.h"

namespace pawfect {
namespace {

using fakes::http_answer;
using fakes::read_blob;
using fakes::ScriptedAnswer;
using fakes::ScriptedPeer;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

const std::string kBytes = "what the picture is made of";

std::string name_of(std::string_view prefix, const std::string& bytes) {
  return std::string(prefix) + "." + hex(sha256(std::as_bytes(std::span(bytes))));
}
const std::string kName = name_of("sessions/s-1/photo", kBytes);

ScriptedAnswer error_answer(int status, std::string_view code) {
  return http_answer(status,
                     fmt::format("<Error><Code>{}</Code><Message>m</Message></Error>", code));
}

class S3Faults : public ::testing::Test {
 protected:
  std::unique_ptr<BlobStore> store(const S3BlobSetup& setup) {
    auto opened = open_s3_blob_store(setup);
    EXPECT_TRUE(opened) << opened.error().message;
    return std::move(*opened);
  }
  std::unique_ptr<BlobStore> store(const ScriptedPeer& peer) {
    return store(fakes::s3_setup(peer.url(), folder_));
  }

  // Every message of a failed call: one line, where it was, no secret.
  template <typename T>
  std::string problem(const Result<T>& result, ErrorCode code = ErrorCode::kUnavailable) {
    if (result) return "it succeeded";
    EXPECT_EQ(result.error().code, code) << result.error().message;
    EXPECT_THAT(result.error().message,
                AllOf(HasSubstr("bucket \"pet-photos\" at http://127.0.0.1:"), Not(HasSubstr("\n")),
                      Not(HasSubstr("wJalr")), Not(HasSubstr("AKID"))));
    return result.error().message;
  }

  fakes::S3Folder folder_;
};

TEST_F(S3Faults, AServerThatFailsTwiceIsAskedAThirdTime) {
  const ScriptedPeer peer({http_answer(500), http_answer(500), http_answer(200, kBytes)});
  const auto blob = store(peer)->open(kName);
  ASSERT_TRUE(blob) << blob.error().message;
  ASSERT_TRUE(*blob);
  EXPECT_EQ(read_blob(**blob), kBytes);
  EXPECT_EQ(::lseek((*blob)->file.get(), 0, SEEK_CUR), 0);
  EXPECT_THAT(peer.requests(), SizeIs(3));
}

TEST_F(S3Faults, AServerThatAlwaysSaysSlowDownIsGivenUpAfterTheTries) {
  const ScriptedPeer peer({error_answer(503, "SlowDown")});
  EXPECT_THAT(problem(store(peer)->open(kName)), HasSubstr("4 tries, the last one: 503 SlowDown"));
  EXPECT_THAT(peer.requests(), SizeIs(4));
}

TEST_F(S3Faults, TooManyRequestsIsTriedAgainAndOtherRefusalsAreNot) {
  const ScriptedPeer busy({http_answer(429), http_answer(204)});
  EXPECT_TRUE(store(busy)->remove(kName));
  for (const int status : {400, 401, 403, 404, 405, 409, 412, 416}) {
    const ScriptedPeer peer({http_answer(status)});
    EXPECT_THAT(problem(store(peer)->remove(kName)), HasSubstr(fmt::format("answered {}", status)));
    EXPECT_THAT(peer.requests(), SizeIs(1)) << status;
  }
}

TEST_F(S3Faults, ABodyThatBreaksOffIsReadAgainAndNeverGivenOut) {
  ScriptedAnswer cut = http_answer(200, kBytes);
  cut.bytes.resize(cut.bytes.size() - 5);
  const ScriptedPeer once({cut, http_answer(200, kBytes)});
  const auto blob = store(once)->open(kName);
  ASSERT_TRUE(blob) << blob.error().message;
  EXPECT_EQ(read_blob(**blob), kBytes);
  const ScriptedPeer always({cut});
  EXPECT_THAT(problem(store(always)->open(kName)), HasSubstr("5 bytes remaining"));
}

TEST_F(S3Faults, ALengthThatPromisesTooMuchIsNoBlob) {
  ScriptedAnswer answer;
  answer.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + kBytes;
  const ScriptedPeer peer({answer});
  EXPECT_THAT(problem(store(peer)->open(kName)), HasSubstr("bytes remaining to read"));
}

TEST_F(S3Faults, ALengthThatPromisesTooLittleIsAWrongBlob) {
  ScriptedAnswer answer;
  answer.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\n" + kBytes;
  const ScriptedPeer peer({answer});
  EXPECT_THAT(problem(store(peer)->open(kName), ErrorCode::kBadInput),
              HasSubstr("4 bytes with SHA-256"));
}

TEST_F(S3Faults, OtherBytesThanTheNameSaysAreReadAgainThenRefused) {
  const ScriptedPeer once({http_answer(200, "other bytes"), http_answer(200, kBytes)});
  const auto blob = store(once)->open(kName);
  ASSERT_TRUE(blob) << blob.error().message;
  EXPECT_EQ(read_blob(**blob), kBytes);
  const ScriptedPeer always({http_answer(200, "other bytes")});
  EXPECT_THAT(problem(store(always)->open(kName), ErrorCode::kBadInput),
              AllOf(HasSubstr(kName), HasSubstr("11 bytes with SHA-256"), HasSubstr("damaged")));
  EXPECT_THAT(always.requests(), SizeIs(4));
}

TEST_F(S3Faults, WrongBytesOnceAndThenNoAnswerDoNotMakeABlobDamaged) {
  const ScriptedPeer peer({http_answer(200, "other bytes"), http_answer(500)});
  EXPECT_THAT(problem(store(peer)->open(kName)), HasSubstr("the last one: 500"));
}

TEST_F(S3Faults, ABlobOverTheLimitIsNotReadToItsEnd) {
  const ScriptedPeer peer({http_answer(200, kBytes)});
  S3BlobSetup setup = fakes::s3_setup(peer.url(), folder_);
  setup.most_blob_bytes = 10;
  EXPECT_THAT(problem(store(setup)->open(kName), ErrorCode::kBadInput),
              HasSubstr("more than 10 bytes"));
  EXPECT_THAT(peer.requests(), SizeIs(1));
}

TEST_F(S3Faults, NobodyThereIsUnavailable) {
  std::string url;
  {
    const ScriptedPeer gone({http_answer(200)});
    url = gone.url();
  }
  const auto blobs = store(fakes::s3_setup(url, folder_));
  EXPECT_THAT(problem(blobs->open(kName)), HasSubstr("the last one: Failed to connect"));
  EXPECT_THAT(problem(blobs->check()), HasSubstr("1 tries"));
}

TEST_F(S3Faults, AServerThatHangsAfterTheHeadRunsIntoTheTimeOut) {
  const ScriptedPeer peer(
      {{.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 27\r\n\r\n", .hangs_after = true}});
  S3BlobSetup setup = fakes::s3_setup(peer.url(), folder_);
  setup.blobs.s3_time = Milliseconds(50);
  setup.blobs.s3_tries = 2;
  EXPECT_THAT(problem(store(setup)->open(kName)),
              AllOf(HasSubstr("2 tries"), HasSubstr("timed out")));
  EXPECT_THAT(peer.requests(), SizeIs(2));
}

TEST_F(S3Faults, AServerThatSaysNothingRunsIntoTheTimeOutOfTheCheck) {
  const ScriptedPeer peer({{.bytes = "", .hangs_after = true}});
  S3BlobSetup setup = fakes::s3_setup(peer.url(), folder_);
  setup.check_time = Milliseconds(50);
  EXPECT_THAT(problem(store(setup)->check()), HasSubstr("timed out"));
  EXPECT_THAT(peer.requests(), SizeIs(1));
}

TEST_F(S3Faults, AnAnswerThatNeverEndsIsCutAtTheLimit) {
  ScriptedAnswer endless;
  endless.bytes = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n<ListBucketResult>";
  endless.spaces_after = 100'000'000;
  const ScriptedPeer list({endless});
  EXPECT_THAT(problem(store(list)->list("", "", 10)), HasSubstr("more than 4194304 bytes"));
  EXPECT_THAT(list.requests(), SizeIs(1));

  endless.bytes = "HTTP/1.1 403 X\r\nConnection: close\r\n\r\n<Error><Code>AccessDenied</Code>";
  const ScriptedPeer refusal({endless});
  EXPECT_THAT(problem(store(refusal)->list("", "", 10)), HasSubstr("answered 403 AccessDenied"));

  endless.bytes = "HTTP/1.1 200 OK\r\n";
  for (int k = 0; k < 2000; ++k) endless.bytes += fmt::format("X-Head-{}: {:060}\r\n", k, k);
  const ScriptedPeer heads({endless});
  EXPECT_THAT(problem(store(heads)->list("", "", 10)), HasSubstr("no answer of use"));
}

TEST_F(S3Faults, ARedirectIsNotFollowed) {
  const ScriptedPeer elsewhere({http_answer(200, kBytes)});
  ScriptedAnswer redirect;
  redirect.bytes = fmt::format(
      "HTTP/1.1 307 X\r\nLocation: {}/x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
      elsewhere.url());
  const ScriptedPeer peer({redirect});
  EXPECT_THAT(problem(store(peer)->open(kName)),
              AllOf(HasSubstr("answered 307"), HasSubstr("s3_endpoint")));
  EXPECT_THAT(peer.requests(), SizeIs(1));
  EXPECT_THAT(elsewhere.requests(), SizeIs(0));
}

TEST_F(S3Faults, ARefusalNamesBucketServerAndCodeAndWhatToCheck) {
  const ScriptedPeer peer({error_answer(403, "AccessDenied")});
  const auto blobs = store(peer);
  const std::string message = problem(blobs->open(kName));
  EXPECT_THAT(message, AllOf(HasSubstr(peer.url()), HasSubstr("GET " + kName),
                             HasSubstr("403 AccessDenied"), HasSubstr("s3_secret_key")));
  EXPECT_THAT(problem(blobs->check()), HasSubstr("HEAD: answered 403"));
  EXPECT_THAT(problem(blobs->put("a/b", folder_.file(kBytes))), HasSubstr("answered 403"));
  EXPECT_TRUE(std::filesystem::exists(folder_.path() / "file"));
}

TEST_F(S3Faults, OnlyNoSuchKeyMeansThatABlobIsNotThere) {
  const ScriptedPeer gone({error_answer(404, "NoSuchKey")});
  const auto missing = store(gone)->open(kName);
  ASSERT_TRUE(missing) << missing.error().message;
  EXPECT_FALSE(*missing);
  EXPECT_TRUE(store(gone)->remove(kName));

  const ScriptedPeer no_bucket({error_answer(404, "NoSuchBucket")});
  EXPECT_THAT(problem(store(no_bucket)->open(kName)),
              AllOf(HasSubstr("404 NoSuchBucket"), HasSubstr("create the bucket")));
  EXPECT_THAT(problem(store(no_bucket)->remove(kName)), HasSubstr("404 NoSuchBucket"));
  const ScriptedPeer no_s3({http_answer(404, "<html>not found</html>")});
  EXPECT_THAT(problem(store(no_s3)->open(kName)), HasSubstr("answered 404"));
}

TEST_F(S3Faults, AnUploadIsSignedAndCarriesLengthAndDigestOfItsBytes) {
  const ScriptedPeer peer({http_answer(404), http_answer(200)});
  const auto name = store(peer)->put("sessions/s-1/photo", folder_.file(kBytes));
  ASSERT_TRUE(name) << name.error().message;
  EXPECT_EQ(*name, kName);
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "file"));
  const auto requests = peer.requests();
  ASSERT_THAT(requests, SizeIs(2));
  EXPECT_THAT(requests[0], StartsWith("HEAD /pet-photos/pawfect/" + kName + " HTTP/1.1\r\n"));
  EXPECT_THAT(requests[1],
              AllOf(StartsWith("PUT /pet-photos/pawfect/" + kName + " HTTP/1.1\r\n"),
                    HasSubstr("Content-Length: 27\r\n"), HasSubstr("\r\n\r\n" + kBytes),
                    HasSubstr("x-amz-content-sha256: " + kName.substr(kName.size() - 64)),
                    HasSubstr("Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"),
                    HasSubstr("SignedHeaders=host;x-amz-content-sha256;x-amz-date,"),
                    Not(HasSubstr("wJalr"))));
}

TEST_F(S3Faults, WhatIsThereWithItsSizeIsNotSentAgain) {
  ScriptedAnswer there;
  there.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 27\r\nConnection: close\r\n\r\n";
  const ScriptedPeer peer({there});
  EXPECT_TRUE(store(peer)->put("sessions/s-1/photo", folder_.file(kBytes)));
  EXPECT_THAT(peer.requests(), ElementsAre(StartsWith("HEAD ")));
}

TEST_F(S3Faults, WhatIsThereWithAnotherSizeIsReplaced) {
  ScriptedAnswer there;
  there.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 26\r\nConnection: close\r\n\r\n";
  const ScriptedPeer peer({there, http_answer(200)});
  EXPECT_TRUE(store(peer)->put("sessions/s-1/photo", folder_.file(kBytes)));
  EXPECT_THAT(peer.requests(), ElementsAre(StartsWith("HEAD "), StartsWith("PUT ")));
}

TEST_F(S3Faults, AnUploadThatFailedKeepsTheFileAndIsSentWholeAgain) {
  const ScriptedPeer again({http_answer(404), http_answer(500), http_answer(200)});
  EXPECT_TRUE(store(again)->put("sessions/s-1/photo", folder_.file(kBytes)));
  EXPECT_THAT(again.requests()[2], HasSubstr("\r\n\r\n" + kBytes));
  for (const int status : {201, 202, 204, 304, 500}) {
    const ScriptedPeer peer({http_answer(404), http_answer(status)});
    EXPECT_FALSE(store(peer)->put("sessions/s-1/photo", folder_.file(kBytes))) << status;
    EXPECT_TRUE(std::filesystem::exists(folder_.path() / "file"));
  }
}

TEST_F(S3Faults, AListThatDoesNotFitTheQuestionIsRefused) {
  const auto page = [](std::string_view key, std::string_view more) {
    return http_answer(
        200, fmt::format("<ListBucketResult><IsTruncated>{}</IsTruncated><Contents><Key>{}</Key>"
                         "<LastModified>2026-11-28T07:09:49Z</LastModified><Size>1</Size>"
                         "</Contents></ListBucketResult>",
                         more, key));
  };
  const ScriptedPeer same_again({page("pawfect/a/x", "true")});
  EXPECT_THAT(problem(store(same_again)->list("a", "", 10)), HasSubstr("not asked for"));
  EXPECT_THAT(same_again.requests(), SizeIs(2));
  const ScriptedPeer other({page("else/x", "false")});
  EXPECT_THAT(problem(store(other)->list("a", "", 10)), HasSubstr("not asked for"));
  const ScriptedPeer nothing(
      {http_answer(200, "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>")});
  EXPECT_THAT(problem(store(nothing)->list("a", "", 10)), HasSubstr("nothing came"));
  const ScriptedPeer garbage({http_answer(200, "{}")});
  EXPECT_THAT(problem(store(garbage)->list("a", "", 10)), HasSubstr("cannot be read"));
}

TEST_F(S3Faults, AFullOrMissingSpoolFolderIsNamed) {
  const ScriptedPeer peer({http_answer(200, kBytes)});
  const auto blobs = store(peer);
  std::filesystem::remove(folder_.spool());
  const auto blob = blobs->open(kName);
  ASSERT_FALSE(blob);
  EXPECT_EQ(blob.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(blob.error().message, HasSubstr(folder_.spool().string()));
  const auto opened = open_s3_blob_store(fakes::s3_setup(peer.url(), folder_));
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::kUsage);
}

TEST_F(S3Faults, NamesThatAreNoneNeverReachTheServer) {
  const ScriptedPeer peer({http_answer(200)});
  const auto blobs = store(peer);
  for (const std::string& name : {std::string(), std::string("a/b"), "../" + kName, "/" + kName,
                                  kName + "?x", kName + "0", std::string("A") + kName}) {
    EXPECT_EQ(blobs->open(name).error().code, ErrorCode::kBadInput) << name;
    EXPECT_EQ(blobs->remove(name).error().code, ErrorCode::kBadInput) << name;
  }
  EXPECT_EQ(blobs->put("../a", folder_.file(kBytes)).error().code, ErrorCode::kBadInput);
  EXPECT_EQ(blobs->put("a", folder_.path() / "none").error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(peer.requests(), SizeIs(0));
}

TEST_F(S3Faults, ManyThreadsShareOneStore) {
  const ScriptedPeer peer({http_answer(503), http_answer(200, kBytes)});
  const auto blobs = store(peer);
  std::atomic<int> right = 0;
  {
    std::array<std::jthread, 12> threads;
    for (std::jthread& thread : threads)
      thread = std::jthread([&] {
        const auto blob = blobs->open(kName);
        right += blob && *blob && read_blob(**blob) == kBytes;
      });
  }
  EXPECT_EQ(right, 12);
}

}  // namespace
}  // namespace pawfect
