#pragma once

#include <emscripten/val.h>

#include <memory>
#include <string>

#include "base/files.h"
#include "base/monitor.h"

namespace xquant::wasm {

/// What the JavaScript side offers a job: files and an ear for what can be told before it ends. The
/// functions are synchronous, are called on the thread that started the job, and do not throw.
EMSCRIPTEN_DECLARE_VAL_TYPE(Host)

/// The definition of Host for TypeScript.
inline constexpr char kHostType[] =
    "{\n"
    "  exists(path: string): boolean;\n"
    "  /** Whether both paths mean one file, so that writing one would change the other. */\n"
    "  same(a: string, b: string): boolean;\n"
    "  /** Size in bytes, or why the file cannot be read. */\n"
    "  size(path: string): number | string;\n"
    "  /** Exactly length bytes, or why they cannot be read. */\n"
    "  read(path: string, offset: number, length: number): Uint8Array | string;\n"
    "  /** total is 0 while it is unknown; true stops the job. */\n"
    "  progress(phase: string, done: number, total: number): boolean;\n"
    "  /** What is worth knowing of the configuration, before the work starts. */\n"
    "  notes(notes: DiagnosticValue[]): void;\n"
    "  /** Where the result will be stored, before the work starts. */\n"
    "  paths(paths: PathsValue): void;\n"
    "}";

class HostFiles final : public Files {
 public:
  explicit HostFiles(Host host) : host_(std::move(host)) {}
  bool exists(const std::string& path) const override;
  std::unique_ptr<ByteSource> open(const std::string& path) override;
  bool same(const std::string& a, const std::string& b) const override;

 private:
  Host host_;
};

class HostMonitor final : public Monitor {
 public:
  explicit HostMonitor(Host host) : host_(std::move(host)) {}
  void progress(const Progress& now) override;
  bool cancelled() override { return cancelled_; }

 private:
  Host host_;
  bool cancelled_ = false;
};

}  // namespace xquant::wasm
