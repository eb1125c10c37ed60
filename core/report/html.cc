#include <string>
#include <string_view>

#include "report/content.h"
#include "report/page.h"

namespace xquant::report {
namespace {

/// Inside a script element only "</" and "<!" could end or change it; both have another spelling in
/// JSON.
std::string for_script(std::string_view json) {
  std::string result;
  for (const char c : json) {
    if (c == '<')
      result += "\\u003c";
    else
      result += c;
  }
  return result;
}

}  // namespace

std::string html(const Content& content) {
  constexpr std::string_view kMark = "@REPORT@";
  std::string page(kPage);
  const std::size_t at = page.find(kMark);
  page.replace(at, kMark.size(), for_script(json(content)));
  return page;
}

}  // namespace xquant::report
