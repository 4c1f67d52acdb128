// A session as the tests have it.
#pragma once

#include <string>

#include "jobs/test_jobs.h"
#include "store/session_record.h"

namespace pawfect::fakes {

inline SessionRecord session_record() {
  SessionRecord record;
  record.id = session_id('5');
  record.owner = "shop";
  record.photo = "sessions/55/photo." + std::string(64, 'a');
  record.container = "JPEG";
  record.bytes = 123'456;
  record.width = 400;
  record.height = 300;
  record.created_at = wall_time(1'700'000'000'000);
  record.expires_at = wall_time(1'700'086'400'000);
  record.jobs = {job_id('a'), job_id('b')};
  record.labels = SceneLabels{
      {{"grass", 0.75, 0.5}, {"sky", 0.5, 0.25}}, "florence-2", "1", wall_time(1'700'000'001'000)};
  return record;
}

}  // namespace pawfect::fakes
