#include "metrics/service_metrics.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>
#include <thread>
#include <vector>

#include "metrics/test_samples.h"

namespace pawfect {
namespace {

using fakes::sample;
using testing::HasSubstr;

std::set<std::string> names_in(const std::string& text) {
  std::set<std::string> names;
  const std::regex name("(pawfect|process)_[a-z_]+");
  for (std::sregex_iterator found(text.begin(), text.end(), name), end; found != end; ++found)
    names.insert(found->str());
  return names;
}

void tell_everything(ServiceMetrics& metrics) {
  metrics.request("/v1/jobs/{id}", "GET", 200, 0.0003, 100, 900);
  metrics.refused("rate");
  metrics.job_accepted();
  metrics.job_replayed();
  metrics.job_cancelled();
  metrics.job_started(2, 1);
  metrics.job_done(3, 5, "texture", "labels");
  metrics.attempt_failed("stalled");
  metrics.job_dead();
  metrics.letter_sent();
  metrics.result_refused();
  metrics.message_resent();
  metrics.stage("fill", 2);
  metrics.fill_memory(300 << 20);
  metrics.labeler_call("accepted", 0.01);
  metrics.labels("in_time");
  metrics.label_wait(3);
  metrics.store_error("blobs");
  metrics.swept("sessions", 2, 1000);
  metrics.set_open_jobs("queued", 4);
  metrics.set_queue_length(7);
  metrics.set_connections(5, 2);
  metrics.set_dead_letters(1);
}

TEST(ServiceMetrics, CountWhatTheyAreTold) {
  ServiceMetrics metrics;
  tell_everything(metrics);
  const std::pair<const char*, double> samples[] = {
      {R"(pawfect_http_requests_total{code="200",method="GET",route="/v1/jobs/{id}"})", 1},
      {R"(pawfect_http_request_seconds_count{route="/v1/jobs/{id}"})", 1},
      {R"(pawfect_http_request_seconds_bucket{route="/v1/jobs/{id}",le="0.0005"})", 1},
      {"pawfect_http_received_bytes_total", 100},
      {"pawfect_http_sent_bytes_total", 900},
      {R"(pawfect_http_refused_total{reason="rate"})", 1},
      {"pawfect_jobs_accepted_total", 1},
      {"pawfect_jobs_replayed_total", 1},
      {"pawfect_jobs_cancelled_total", 1},
      {R"(pawfect_attempts_started_total{attempt="1"})", 1},
      {"pawfect_job_queue_wait_seconds_sum", 2},
      {R"(pawfect_jobs_done_total{engine="texture",prompt_source="labels"})", 1},
      {R"(pawfect_job_run_seconds_sum{engine="texture"})", 3},
      {"pawfect_job_total_seconds_sum", 5},
      {R"(pawfect_attempts_failed_total{reason="stalled"})", 1},
      {"pawfect_jobs_dead_total", 1},
      {"pawfect_dead_letters_sent_total", 1},
      {"pawfect_results_refused_total", 1},
      {"pawfect_messages_resent_total", 1},
      {R"(pawfect_fill_stage_seconds_sum{stage="fill"})", 2},
      {"pawfect_fill_peak_memory_bytes_sum", 300 << 20},
      {R"(pawfect_labeler_calls_total{outcome="accepted"})", 1},
      {"pawfect_labeler_call_seconds_count", 1},
      {R"(pawfect_labels_total{arrival="in_time"})", 1},
      {"pawfect_label_wait_seconds_sum", 3},
      {R"(pawfect_store_errors_total{store="blobs"})", 1},
      {R"(pawfect_swept_total{what="sessions"})", 2},
      {R"(pawfect_swept_bytes_total{what="sessions"})", 1000},
      {R"(pawfect_jobs_open{state="queued"})", 4},
      {"pawfect_queue_length", 7},
      {"pawfect_http_connections", 5},
      {"pawfect_http_event_streams", 2},
      {"pawfect_dead_letters", 1}};
  for (const auto& [name, value] : samples) EXPECT_EQ(sample(metrics, name), value) << name;
}

TEST(ServiceMetrics, TellOfTheProcessAndTheProgram) {
  ServiceMetrics metrics;
  EXPECT_GT(sample(metrics, "process_resident_memory_bytes"), 1 << 20);
  EXPECT_GT(sample(metrics, "process_cpu_seconds_total"), 0);
  EXPECT_GE(sample(metrics, "process_open_fds"), 1);
  EXPECT_GE(sample(metrics, "process_max_fds"), sample(metrics, "process_open_fds"));
  EXPECT_GT(sample(metrics, "process_start_time_seconds"), 1'700'000'000);
  EXPECT_THAT(metrics.text(), HasSubstr("pawfect_build_info{version=\""));
}

TEST(ServiceMetrics, EveryOneHasHelpAndAType) {
  ServiceMetrics metrics;
  tell_everything(metrics);
  std::istringstream lines(metrics.text());
  std::set<std::string> helped, typed;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string hash, what, name;
    if (words >> hash >> what >> name && what == "HELP") helped.insert(name);
    if (what == "TYPE") typed.insert(name);
  }
  EXPECT_EQ(helped, typed);
  EXPECT_GE(helped.size(), 38u);
}

TEST(ServiceMetrics, KnowTheOutcomesBeforeTheyHappen) {
  ServiceMetrics metrics;
  EXPECT_EQ(sample(metrics, R"(pawfect_labeler_calls_total{outcome="timeout"})"), 0);
  EXPECT_EQ(sample(metrics, R"(pawfect_store_errors_total{store="queue"})"), 0);
}

TEST(ServiceMetrics, LabelsFromOutsideDoNotGrow) {
  ServiceMetrics metrics;
  metrics.request("", "BREW", 404, 0.1, 0, 0);
  metrics.request("", "BREW2", 99'999, 0.1, 0, 0);
  EXPECT_EQ(
      sample(metrics, R"(pawfect_http_requests_total{code="404",method="other",route="other"})"),
      1);
  EXPECT_EQ(
      sample(metrics, R"(pawfect_http_requests_total{code="other",method="other",route="other"})"),
      1);
  for (int i = 0; i < 5'000; ++i) {
    metrics.stage(fmt::format("stage-{}", i), 1);
    metrics.request(fmt::format("/{}", i), "GET", 200, 0.1, 0, 0);
  }
  metrics.stage(std::string(10'000, 'x'), 1);
  EXPECT_LT(metrics.text().size(), 500'000u);
  EXPECT_EQ(sample(metrics, R"(pawfect_fill_stage_seconds_count{stage="other"})"), 5'001 - 64);
  EXPECT_EQ(sample(metrics, R"(pawfect_fill_stage_seconds_count{stage="stage-0"})"), 1);
}

TEST(ServiceMetrics, StayOnTheirLine) {
  ServiceMetrics metrics;
  metrics.stage("a\"\n\\b", 1);
  EXPECT_THAT(metrics.text(), HasSubstr(R"(pawfect_fill_stage_seconds_count{stage="a\"\n\\b"} 1)"));
}

TEST(ServiceMetrics, AreCountedFromManyThreads) {
  ServiceMetrics metrics;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 500; ++i) {
          metrics.request(fmt::format("/{}", i % 10), "GET", 200, 0.001, 1, 1);
          if (i % 100 == 0) metrics.text();
        }
      });
    }
  }
  EXPECT_EQ(sample(metrics, "pawfect_http_received_bytes_total"), 2'000);
  EXPECT_EQ(sample(metrics, R"(pawfect_http_requests_total{code="200",method="GET",route="/3"})"),
            200);
}

TEST(TheOperationsPage, HasEveryMetric) {
  ServiceMetrics metrics;
  std::ostringstream page;
  page << std::ifstream(PAWFECT_SOURCE_DIR "/docs/operations.md").rdbuf();
  tell_everything(metrics);
  std::istringstream lines(metrics.text());
  std::set<std::string> there;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# TYPE ")) there.insert(line.substr(7, line.find(' ', 7) - 7));
  }
  for (const std::string& name : there) EXPECT_THAT(page.str(), HasSubstr('`' + name));
  const std::set<std::string> known = names_in(metrics.text());
  for (const std::string& name : names_in(page.str())) EXPECT_TRUE(known.contains(name)) << name;
}

TEST(TheDashboard, ShowsOnlyMetricsThatThereAre) {
  ServiceMetrics metrics;
  tell_everything(metrics);
  const std::set<std::string> there = names_in(metrics.text());
  std::ifstream file(PAWFECT_SOURCE_DIR "/deploy/grafana-dashboard.json");
  const auto dashboard = nlohmann::json::parse(file, nullptr, false);
  ASSERT_FALSE(dashboard.is_discarded());
  int expressions = 0;
  for (const auto& panel : dashboard.at("panels")) {
    if (!panel.contains("targets")) continue;
    for (const auto& target : panel.at("targets")) {
      const auto expression = target.at("expr").get<std::string>();
      EXPECT_FALSE(names_in(expression).empty()) << expression;
      for (const std::string& name : names_in(expression))
        EXPECT_TRUE(there.contains(name)) << name;
      ++expressions;
    }
  }
  EXPECT_GE(expressions, 20);
}

}  // namespace
}  // namespace pawfect
