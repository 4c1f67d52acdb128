// Tokens and text encoders against the recorded results.
#include <fmt/format.h>

#include <span>

#include "flux/check_stages.h"
#include "flux/clip_encoder.h"
#include "flux/clip_vocabulary.h"
#include "flux/t5_encoder.h"
#include "weights/clip_tokenizer.h"
#include "weights/printable.h"
#include "weights/t5_tokenizer.h"
#include "weights/t5_vocabulary_gguf.h"

namespace pawfect {
namespace {

std::string prompt_field(const CheckPrompt& prompt, std::string_view field) {
  return fmt::format("prompt.{}.{}", prompt.index, field);
}

Result<T5Tokenizer> tokenizer_in(const TensorFile& t5) {
  const auto vocabulary = t5_vocabulary(t5.metadata(), printable_path(t5.path()));
  if (!vocabulary) return std::unexpected(vocabulary.error());
  return T5Tokenizer::from_vocabulary(*vocabulary);
}

}  // namespace

Result<void> CheckRun::check_tokens() {
  const auto compare = [&](const T5Tokenizer& tokenizer, CheckLine ids) -> Result<void> {
    for (const CheckPrompt& prompt : reference_->prompts()) {
      const auto due = reference_->whole_numbers(prompt_field(prompt, "t5_ids"));
      if (due.empty()) continue;
      const auto ours = tokenizer.encode(prompt.text, prompt.t5_length);
      if (!ours) return std::unexpected(ours.error());
      ids.add(count_different(ours->ids, due), prompt.used_by);
    }
    emit(ids);
    return {};
  };
  for (const auto& file : files_->t5) {
    if (!file->metadata().has("tokenizer.ggml.tokens")) continue;
    const auto tokenizer = tokenizer_in(*file);
    if (!tokenizer) return std::unexpected(tokenizer.error());
    if (auto done = compare(*tokenizer, exact_line("t5_ids", file.get())); !done) return done;
  }
  if (!files_->spiece.empty()) {
    const auto tokenizer = T5Tokenizer::from_spiece(files_->spiece);
    if (!tokenizer) return std::unexpected(tokenizer.error());
    CheckLine ids = exact_line("t5_ids", nullptr);
    ids.file = files_->spiece.filename().string();
    if (auto done = compare(*tokenizer, ids); !done) return done;
  }
  const auto clip = files_->clip_vocab.empty()
                        ? builtin_clip_tokenizer()
                        : ClipTokenizer::from_files(files_->clip_vocab, files_->clip_merges);
  if (!clip) return std::unexpected(clip.error());
  CheckLine ids = exact_line("clip_ids", nullptr);
  ids.file = files_->clip_vocab.filename().string();
  for (const CheckPrompt& prompt : reference_->prompts()) {
    const auto due = reference_->whole_numbers(prompt_field(prompt, "clip_ids"));
    if (due.size() < 2) continue;
    ids.add(count_different(clip->encode(prompt.text, int(due.size())).ids, due), prompt.used_by);
  }
  emit(ids);
  return {};
}

Result<void> CheckRun::check_t5() {
  for (const auto& file : files_->t5) {
    for (const Precision precision : options_->precisions) {
      if (precision == Precision::kHalf) continue;  // only the transformer is run so
      Terms terms;
      if (!find_terms(*file, precision, ModelPart::kT5, terms)) continue;
      auto encoder = T5Encoder::load(*device_, *file, precision);
      if (!encoder) return std::unexpected(encoder.error());
      CheckLine hidden = line("t5_hidden", terms, file.get());
      for (const CheckPrompt& prompt : reference_->prompts()) {
        const auto ids = reference_->whole_numbers(prompt_field(prompt, "t5_ids"));
        const bool is_exact = terms.quantised.empty();
        if (ids.empty() || (!is_exact && reference_->quantised_prompts().at(
                                             "t5." + terms.quantised) != prompt.index))
          continue;
        const auto due =
            reference_->floats(is_exact ? prompt_field(prompt, "t5_hidden")
                                        : fmt::format("quant.t5.{}.t5_hidden", terms.quantised));
        auto ours = encoder->encode(ids, stop_);
        if (!ours) {
          if (auto go_on = failed(hidden, ours.error(), prompt.used_by); !go_on) return go_on;
          continue;
        }
        // Of quantised weights only the first rows are recorded.
        const std::size_t rows = is_exact ? ours->size() : std::min(ours->size(), due.size());
        if (!due.empty())
          hidden.add(relative_error(std::span(*ours).first(rows), due), prompt.used_by);
        if (is_exact) results_.t5[precision][prompt.index] = std::move(*ours);
      }
      emit(hidden);
    }
  }
  return {};
}

Result<void> CheckRun::check_clip() {
  for (const auto& file : files_->clip) {
    for (const Precision precision : options_->precisions) {
      if (precision == Precision::kHalf) continue;  // only the transformer is run so
      Terms terms;
      if (!find_terms(*file, precision, ModelPart::kClip, terms)) continue;
      auto encoder = ClipEncoder::load(*device_, *file, precision);
      if (!encoder) return std::unexpected(encoder.error());
      CheckLine hidden = line("clip_hidden", terms, file.get());
      CheckLine pooled = line("clip_pooled", terms, file.get());
      for (const CheckPrompt& prompt : reference_->prompts()) {
        const auto ids = reference_->whole_numbers(prompt_field(prompt, "clip_ids"));
        if (ids.empty()) continue;
        auto ours = encoder->encode(ids, stop_);
        if (!ours) {
          if (auto go_on = failed(hidden, ours.error(), prompt.used_by); !go_on) return go_on;
          continue;
        }
        const auto due = reference_->floats(prompt_field(prompt, "clip_hidden"));
        const auto due_pooled = reference_->floats(prompt_field(prompt, "clip_pooled"));
        if (!due.empty()) hidden.add(relative_error(ours->hidden, due), prompt.used_by);
        if (!due_pooled.empty())
          pooled.add(relative_error(ours->pooled, due_pooled), prompt.used_by);
        results_.pooled[precision][prompt.index] = std::move(ours->pooled);
      }
      emit(hidden);
      emit(pooled);
    }
  }
  return {};
}

}  // namespace pawfect
