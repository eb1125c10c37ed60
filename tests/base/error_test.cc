#include "base/error.h"

#include <gtest/gtest.h>

#include "base/diagnostics.h"
#include "base/monitor.h"

namespace xquant {
namespace {

TEST(Place, IsWrittenAsFileLineColumnPointerNodeTensor) {
  const Place place{.file = "cfg.json",
                    .line = 3,
                    .column = 7,
                    .pointer = "/a/b",
                    .node = "conv1",
                    .tensor = "x"};
  EXPECT_EQ(place.to_string(), "cfg.json:3:7, at /a/b, node 'conv1', tensor 'x'");
}

TEST(Place, QuotesANodeOnce) {
  EXPECT_EQ(Place{.node = "Conv 'c0'"}.to_string(), "node Conv 'c0'");
}

TEST(Place, WithoutAnythingIsEmpty) {
  EXPECT_TRUE(Place{}.empty());
  EXPECT_EQ(Place{}.to_string(), "");
  EXPECT_FALSE(Place{.line = 1}.empty());
}

TEST(Error, SaysWhatWhereAndWhatToDo) {
  const Error error(ErrorKind::kModel, "XQ-X-001", "It broke.", {.node = "n"}, "Mend it.");
  EXPECT_STREQ(error.what(), "It broke. [XQ-X-001] (node 'n') Mend it.");
}

TEST(Error, WritesControlCharactersOut) {
  const std::string name("a\0b\x1b[31m", 8);
  const Error error(ErrorKind::kModel, "XQ-X-001", "No '" + name + "'\nhere.", {.tensor = name});
  EXPECT_STREQ(error.what(), "No 'a\\x00b\\x1b[31m'\nhere. [XQ-X-001] (tensor 'a\\x00b\\x1b[31m')");
  EXPECT_EQ(error.place().tensor, name);
}

TEST(Diagnostics, KeepTheirOrder) {
  Diagnostics diagnostics;
  diagnostics.warn("B", "second letter");
  diagnostics.info("A", "first letter", {.tensor = "t"}, "Do it.");
  ASSERT_EQ(diagnostics.items().size(), 2U);
  EXPECT_EQ(diagnostics.items()[0].to_string(), "warning: second letter [B]");
  EXPECT_EQ(diagnostics.items()[1].to_string(), "info: first letter [A] (tensor 't') Do it.");
}

TEST(Monitor, StopsTheJobWhenTheCallerWantsTo) {
  class Impatient : public Monitor {
    bool cancelled() override { return true; }
  } monitor;
  try {
    monitor.step({"load", 0, 0});
    FAIL() << "not stopped";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kCancelled);
  }
}

}  // namespace
}  // namespace xquant
