// The relative position bias of T5: distances between tokens fall into buckets, and each head adds
// one learned number a bucket to its scores (transformers, modeling_t5.py,
// _relative_position_bucket). Pure functions.
#pragma once

#include <span>
#include <vector>

namespace pawfect {

// The bucket of `relative` = key's place - query's place. The first half of the buckets is for keys
// before the query; in a half, the nearer distances have a bucket each, those up to 128 share the
// rest by their logarithm and all farther ones the last. `buckets` is a multiple of 4.
int t5_bucket(int relative, int buckets);

// What is added to the scores: [key, query, head], key innermost. `table` is the weight [head,
// bucket], head innermost.
std::vector<float> t5_position_bias(std::span<const float> table, int heads, int buckets,
                                    int length);

}  // namespace pawfect
