#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "report/content.h"

namespace xquant::report {
namespace {

/// The JSON inside the page.
std::string embedded(const std::string& page) {
  const std::string open = "id=\"report\">";
  const std::size_t begin = page.find(open) + open.size();
  return page.substr(begin, page.find("</script>", begin) - begin);
}

TEST(HtmlReport, CarriesTheJsonReport) {
  const Content content{.heading = {.model = "m.onnx"}};
  EXPECT_EQ(nlohmann::json::parse(embedded(html(content))), nlohmann::json::parse(json(content)));
}

TEST(HtmlReport, LetsNoNameEndItsScript) {
  const Content content{.heading = {.model = "</script><script>alert(1)</script><!--"}};
  const std::string page = html(content);
  EXPECT_EQ(page.find("alert(1)</script>"), std::string::npos);
  EXPECT_EQ(nlohmann::json::parse(embedded(page))["model"], content.heading.model);
}

TEST(HtmlReport, NamesNoOtherFileAndNoNetwork) {
  const std::string page = html({});
  for (const char* word : {" src=", "<link", "@import", "fetch(", "https:"}) {
    EXPECT_EQ(page.find(word), std::string::npos) << word;
  }
  EXPECT_NE(page.find("default-src 'none'"), std::string::npos);
}

}  // namespace
}  // namespace xquant::report
