#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "int8/every_isa.h"
#include "int8/golden/golden_cases.h"
#include "int8/vectors/check_vectors.h"

namespace xquant::int8_test {
namespace {

int8::Bytes committed(const std::string& name) {
  std::ifstream file(std::string(XQUANT_TESTS_DIR) + "/int8/golden/" + name, std::ios::binary);
  EXPECT_TRUE(file) << name;
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

TEST(GoldenVectors, HaveNoMismatchWithAnyImplementation) {
  const int8::Bytes file = committed("vectors.bin");
  with_every_isa([&] {
    const int8::VectorReport report = int8::check_vectors(file.data(), file.size());
    EXPECT_EQ(report.isa, xq_int8_isa());
    EXPECT_GE(report.cases, 1000u);
    EXPECT_EQ(report.mismatches, 0u) << report.first_mismatch;
    EXPECT_EQ(report.first_mismatch, "");
    std::printf("%s: %zu cases, %zu mismatches\n", report.isa.c_str(), report.cases,
                report.mismatches);
  });
}

TEST(GoldenVectors, AreWhatTheGeneratorWrites) {
  const std::vector<int8::VectorCase> cases = golden_cases();
  const int8::Bytes file = int8::write_vectors(cases);
  EXPECT_TRUE(file == committed("vectors.bin")) << "run generate_vectors and look at the changes";
  const std::string manifest = golden_manifest(cases, file);
  EXPECT_TRUE(int8::Bytes(manifest.begin(), manifest.end()) == committed("manifest.json"));
}

TEST(GoldenVectors, ReportEveryChangedResultByte) {
  std::vector<int8::VectorCase> cases = golden_cases();
  cases.resize(50);
  cases[7].expected.back() ^= 1;
  cases[20].expected.front() ^= 0x80;
  const int8::Bytes file = int8::write_vectors(cases);
  const int8::VectorReport report = int8::check_vectors(file.data(), file.size());
  EXPECT_EQ(report.cases, 50u);
  EXPECT_EQ(report.mismatches, 2u);
  EXPECT_NE(report.first_mismatch.find(cases[7].name), std::string::npos);
}

TEST(GoldenVectors, ReportADamagedFile) {
  const int8::Bytes file = committed("vectors.bin");
  for (size_t size : {size_t{0}, size_t{5}, size_t{12}, size_t{40}, file.size() - 1}) {
    const int8::VectorReport report = int8::check_vectors(file.data(), size);
    EXPECT_EQ(report.mismatches, 1u) << size;
    EXPECT_NE(report.first_mismatch, "") << size;
  }
}

}  // namespace
}  // namespace xquant::int8_test
