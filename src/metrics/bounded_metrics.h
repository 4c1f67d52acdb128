// BoundedMetrics: the metrics of one family, by the values of its labels. Each is made when it is
// first told of; the number is bounded, so that nothing from outside makes the list grow: what is
// beyond counts under "other". A look-up costs a shared lock and a hash, no allocation. Safe from
// any thread. The family outlives this.
#pragma once

#include <fmt/format.h>
#include <prometheus/family.h>

#include <functional>
#include <initializer_list>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace pawfect {

inline constexpr std::string_view kOtherLabel = "other";

template <typename Metric>
class BoundedMetrics {
 public:
  using Values = std::initializer_list<std::string_view>;
  static constexpr std::size_t kLongestValue = 100;

  // `make` adds a metric with these labels to the family.
  using Make = std::function<Metric&(const prometheus::Labels& labels)>;
  BoundedMetrics(std::vector<std::string> labels, std::size_t most, Make make)
      : labels_(std::move(labels)), most_(most), make_(std::move(make)) {}

  // As many values as there are labels. An empty value counts as "other".
  Metric& operator()(Values values) {
    const auto key = joined(values);
    {
      const std::shared_lock lock(mutex_);
      const auto found = metrics_.find(std::string_view(key.data(), key.size()));
      if (found != metrics_.end()) return *found->second;
    }
    return add(values, std::string(key.data(), key.size()));
  }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };

  static std::string_view bounded(std::string_view value) {
    return value.empty() || value.size() > kLongestValue ? kOtherLabel : value;
  }

  static fmt::basic_memory_buffer<char, 256> joined(Values values) {
    fmt::basic_memory_buffer<char, 256> key;
    for (const std::string_view value : values) {
      const std::string_view text = bounded(value);
      key.append(text.data(), text.data() + text.size());
      key.push_back('\n');
    }
    return key;
  }

  Metric& add(Values values, std::string key) {
    const std::unique_lock lock(mutex_);
    const bool is_full = metrics_.size() >= most_ && !metrics_.contains(key);
    if (is_full) {
      key.clear();
      for (std::size_t i = 0; i < labels_.size(); ++i) key.append(kOtherLabel).append("\n");
    }
    Metric*& metric = metrics_[key];
    if (metric != nullptr) return *metric;
    prometheus::Labels labels;
    auto value = values.begin();
    for (const std::string& label : labels_)
      labels.emplace(label, is_full ? kOtherLabel : bounded(*value++));
    metric = &make_(labels);
    return *metric;
  }

  const std::vector<std::string> labels_;
  const std::size_t most_;
  const Make make_;
  std::shared_mutex mutex_;
  std::unordered_map<std::string, Metric*, Hash, std::equal_to<>> metrics_;
};

}  // namespace pawfect
