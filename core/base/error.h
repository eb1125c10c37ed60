#pragma once

#include <exception>
#include <string>
#include <string_view>

namespace xquant {

/// What went wrong, as far as the caller has to tell cases apart (the CLI maps it to an exit
/// status).
enum class ErrorKind {
  kUsage,      ///< wrong arguments
  kConfig,     ///< the configuration is wrong
  kModel,      ///< the model cannot be read or is not supported
  kData,       ///< calibration data cannot be used
  kIo,         ///< a file cannot be read or written
  kCancelled,  ///< the caller asked to stop
  kInternal,   ///< a defect of this program
};

/// Where it went wrong. Empty fields (0 for numbers) are not known.
struct Place {
  std::string file{};
  int line = 0;           ///< 1-based
  int column = 0;         ///< 1-based, in bytes
  std::string pointer{};  ///< JSON pointer (RFC 6901) into the configuration
  std::string node{};
  std::string tensor{};

  bool empty() const;
  /// "cfg.json:3:7, at /quantization_parameters, node 'conv1'"; "" when empty.
  std::string to_string() const;
};

/// An error with a stable code ("XQ-CFG-003"), what happened, where, and what to do about it.
class Error : public std::exception {
 public:
  Error(ErrorKind kind, std::string code, std::string message, Place place = {},
        std::string fix = {});

  ErrorKind kind() const { return kind_; }
  const std::string& code() const { return code_; }
  const std::string& message() const { return message_; }
  const Place& place() const { return place_; }
  const std::string& fix() const { return fix_; }
  /// All of it in one text: "message [code] (place) fix".
  const char* what() const noexcept override { return text_.c_str(); }

 private:
  ErrorKind kind_;
  std::string code_;
  std::string message_;
  Place place_;
  std::string fix_;
  std::string text_;
};

/// Lower-case name of a kind: "config", "model", ...
std::string_view name(ErrorKind kind);

}  // namespace xquant
