// Every number of the job policy, in one place; docs/jobs.md says what each is for. Durations are
// in milliseconds. A value type; read-only once the service runs.
#pragma once

#include <array>
#include <cstddef>

#include "base/clock.h"

namespace pawfect {

struct JobLimits {
  int most_attempts = 5;  // that may fail, after which the job is dead
  // After the first failure, the second, ...; the last counts for all further ones.
  std::array<Milliseconds, 4> back_off{Milliseconds{5'000}, Milliseconds{15'000},
                                       Milliseconds{45'000}, Milliseconds{120'000}};
  double jitter = 0.2;     // a back-off is longer or shorter by up to this part of it
  int most_releases = 20;  // by workers that stop, without costing an attempt

  int most_label_requeues = 3;
  Milliseconds label_wait{90'000};  // after the enqueue, and of all waits together
  std::array<Milliseconds, 3> label_delays{Milliseconds{3'000}, Milliseconds{10'000},
                                           Milliseconds{30'000}};
  Milliseconds shortest_label_delay{1'000};  // below it waiting is not worth a requeue

  Milliseconds shortest_lease{120'000};  // twice the slowest step, between these two
  Milliseconds longest_lease{1'800'000};
  Milliseconds longest_run{14'400'000};     // of one attempt, progress or not
  Milliseconds longest_look_again{30'000};  // while another worker runs the job
  // A job that nobody took so long after its time has its message sent again; after twice as long
  // once more, and so on up to the second number, because the queue may just be long.
  Milliseconds lost_message{60'000};
  Milliseconds longest_lost_message{960'000};

  // Not over 1000 and 1000: a record has to stay readable (jobs/record_json.h).
  std::size_t most_history = 64;        // entries; the first few and the newest stay
  std::size_t most_detail_bytes = 300;  // of a reason and of an entry's text
};

}  // namespace pawfect
