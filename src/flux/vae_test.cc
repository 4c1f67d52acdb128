#include "flux/vae.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "flux/vae_test_files.h"

namespace pawfect {
namespace {

using testing::open_fixture;
using testing::relative_error;
using testing::VaeCase;
using testing::VaeFixture;

// Single precision: the reference's own two implementations agree to 5e-6; a wrong epsilon or a
// wrong form of an activation shows from about 5e-5 on.
constexpr double kF32Limit = 5e-5;

TEST(VaeParity, EncodesEveryCasesPictureAndMaskedPictureToTheReferencesMeans) {
  VaeFixture fixture = open_fixture();
  for (const VaeCase& c : fixture.cases()) {
    const auto image = fixture.vae.encode(c.image, c.width, c.height);
    ASSERT_TRUE(image) << image.error().message;
    EXPECT_LT(relative_error(image->mean, fixture.reference(c, "vae_mean_image")), kF32Limit)
        << c.name;
    const auto masked = fixture.vae.encode(c.masked_image, c.width, c.height);
    ASSERT_TRUE(masked) << masked.error().message;
    EXPECT_LT(relative_error(masked->mean, fixture.reference(c, "vae_mean_masked")), kF32Limit)
        << c.name;
  }
}

TEST(VaeParity, GivesTheReferencesLogVariancesWhereItRecordedThem) {
  VaeFixture fixture = open_fixture();
  int seen = 0;
  for (const VaeCase& c : fixture.cases()) {
    if (!fixture.has_reference(c, "vae_logvar_image")) continue;
    ++seen;
    const auto image = fixture.vae.encode(c.image, c.width, c.height);
    const auto masked = fixture.vae.encode(c.masked_image, c.width, c.height);
    ASSERT_TRUE(image && masked);
    EXPECT_LT(relative_error(image->logvar, fixture.reference(c, "vae_logvar_image")), kF32Limit);
    EXPECT_LT(relative_error(masked->logvar, fixture.reference(c, "vae_logvar_masked")), kF32Limit);
  }
  EXPECT_GT(seen, 0);
}

TEST(VaeParity, DecodesEveryCasesLastLatentToTheReferencesPicture) {
  VaeFixture fixture = open_fixture();
  int seen = 0;
  for (const VaeCase& c : fixture.cases()) {
    if (!fixture.has_reference(c, "latents")) continue;
    ++seen;
    const auto picture = fixture.vae.decode(fixture.last_latent(c), c.width, c.height);
    ASSERT_TRUE(picture) << picture.error().message;
    EXPECT_LT(relative_error(*picture, fixture.reference(c, "decoded")), kF32Limit) << c.name;
  }
  EXPECT_GT(seen, 0);
}

TEST(VaeParity, MiddleOfTheDecoderIsTheReferences) {
  VaeFixture fixture = open_fixture();
  const VaeCase c = fixture.cases().front();
  fixture.vae.keep_inner();
  ASSERT_TRUE(fixture.vae.decode(fixture.last_latent(c), c.width, c.height));
  const auto middle = fixture.vae.inner("decoder_mid");
  ASSERT_TRUE(middle) << middle.error().message;
  EXPECT_LT(relative_error(*middle, fixture.reference("debug.decoder_mid")), kF32Limit);
}

TEST(Vae, PiecesOfAnySizeGiveTheSameResult) {
  // With the smallest every convolution and the attention go row by row.
  VaeFixture whole = open_fixture({.piece_bytes = std::uint64_t{1} << 40});
  VaeFixture rows = open_fixture({.piece_bytes = 1});
  const VaeCase c = whole.cases().back();
  const auto a = whole.vae.encode(c.image, c.width, c.height);
  const auto b = rows.vae.encode(c.image, c.width, c.height);
  ASSERT_TRUE(a && b);
  EXPECT_LT(relative_error(b->mean, a->mean), 1e-5);
  const auto picture = whole.vae.decode(a->mean, c.width, c.height);
  const auto in_rows = rows.vae.decode(a->mean, c.width, c.height);
  ASSERT_TRUE(picture && in_rows);
  EXPECT_LT(relative_error(*in_rows, *picture), 1e-5);
}

TEST(Vae, KnowsItsWorkingMemoryBeforeItTakesIt) {
  VaeFixture fixture = open_fixture();
  for (const auto& [width, height] : {std::pair{64, 64}, {112, 160}, {256, 128}}) {
    const std::uint64_t due = fixture.vae.memory_needed(width, height);
    const std::size_t cells = std::size_t(width / 8) * std::size_t(height / 8);
    ASSERT_TRUE(fixture.vae.encode(std::vector<float>(cells * 64 * 3), width, height));
    const std::uint64_t encoder = fixture.vae.graph_bytes();
    ASSERT_TRUE(fixture.vae.decode(std::vector<float>(cells * 16), width, height));
    EXPECT_EQ(due, std::max(encoder, fixture.vae.graph_bytes())) << width << "x" << height;
    fixture.vae.release_graph();
    EXPECT_EQ(fixture.vae.graph_bytes(), 0u);
  }
}

TEST(Vae, SmallerPiecesNeedLessMemory) {
  VaeFixture large = open_fixture({.piece_bytes = std::uint64_t{1} << 40});
  VaeFixture small = open_fixture({.piece_bytes = std::uint64_t{1} << 20});
  EXPECT_LT(small.vae.memory_needed(512, 512) * 2, large.vae.memory_needed(512, 512));
}

TEST(Vae, RefusesSidesThatAreNoMultiplesOfACell) {
  VaeFixture fixture = open_fixture();
  const auto moments = fixture.vae.encode(std::vector<float>(3 * 60 * 64), 60, 64);
  ASSERT_FALSE(moments);
  EXPECT_NE(moments.error().message.find("60x64"), std::string::npos);
  EXPECT_NE(moments.error().message.find("multiples of 8"), std::string::npos);
}

TEST(Vae, RefusesALatentOfAnotherSize) {
  VaeFixture fixture = open_fixture();
  EXPECT_FALSE(fixture.vae.decode(std::vector<float>(16 * 8 * 7), 64, 64));
}

TEST(Vae, SaysWhenTheResultIsNoNumber) {
  VaeFixture fixture = open_fixture();
  const auto picture = fixture.vae.decode(std::vector<float>(16 * 8 * 8, NAN), 64, 64);
  ASSERT_FALSE(picture);
  EXPECT_NE(picture.error().message.find("not finite"), std::string::npos);
}

TEST(Vae, StopsWhenAsked) {
  VaeFixture fixture = open_fixture();
  std::stop_source source;
  source.request_stop();
  const auto picture =
      fixture.vae.decode(std::vector<float>(16 * 8 * 8), 64, 64, source.get_token());
  ASSERT_FALSE(picture);
  EXPECT_EQ(picture.error().code, ErrorCode::kCancelled);
}

}  // namespace
}  // namespace pawfect
