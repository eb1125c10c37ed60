#include "cli/command_line.h"

#include <gtest/gtest.h>

namespace xquant::cli {
namespace {

CommandLine parsed(const std::vector<std::string>& arguments) { return parse(arguments); }

/// Message and fix of the error with which the arguments are refused.
std::string refused(const std::vector<std::string>& arguments) {
  try {
    parse(arguments);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    return error.message() + " " + error.fix();
  }
  return "taken";
}

TEST(CommandLine, TakesLongAndShortFlagsInAnyOrder) {
  const CommandLine line = parsed({"--json", "-i", "m.onnx", "--threads", "3", "-c", "cfg.json",
                                   "--output_path", "out", "--quiet", "--strict", "--verbose"});
  EXPECT_EQ(line.action, Action::kQuantize);
  EXPECT_EQ(line.config_path, "cfg.json");
  EXPECT_EQ(line.input_path, "m.onnx");
  EXPECT_EQ(line.output_path, "out");
  EXPECT_EQ(line.threads, 3);
  EXPECT_TRUE(line.json && line.quiet && line.strict && line.verbose);
}

TEST(CommandLine, TakesValuesBehindAnEqualsSign) {
  const CommandLine line = parsed({"--config=a=b.json", "--threads=2"});
  EXPECT_EQ(line.config_path, "a=b.json");
  EXPECT_EQ(line.threads, 2);
  EXPECT_EQ(refused({"--json=yes", "-c", "x"}), "--json takes no value. Write --json alone.");
}

TEST(CommandLine, SuggestsTheFlagThatWasMeant) {
  EXPECT_EQ(refused({"--confg", "x"}), "Unknown argument '--confg'. Did you mean --config?");
  EXPECT_EQ(refused({"--thread=2"}), "Unknown argument '--thread'. Did you mean --threads?");
  EXPECT_EQ(refused({"--zzzzzzzz"}), "Unknown argument '--zzzzzzzz'. See xquant --help.");
}

TEST(CommandLine, MissesValues) {
  EXPECT_EQ(refused({"-c"}), "-c needs a value. See xquant --help.");
  EXPECT_EQ(refused({"--config", "--json"}), "--config needs a value. See xquant --help.");
  EXPECT_EQ(refused({"-c", "-i", "m.onnx"}), "-c needs a value. See xquant --help.");
}

TEST(CommandLine, TakesThreadsFromOneTo256) {
  for (const char* value : {"0", "-1", "257", "2x", "", "99999999999"}) {
    EXPECT_EQ(refused({"-c", "x", std::string("--threads=") + value}).substr(0, 23),
              "--threads needs a numbe")
        << value;
  }
  EXPECT_EQ(parsed({"-c", "x", "--threads", "256"}).threads, 256);
}

TEST(CommandLine, SaysWhatThisReleaseDoesNotDo) {
  for (const char* flag : {"--dynq", "--fp16", "--opset"}) {
    EXPECT_EQ(refused({flag}),
              "'" + std::string(flag) +
                  "' is not supported by this release. See xquant --help for what is.");
  }
}

TEST(CommandLine, NeedsAConfiguration) {
  EXPECT_EQ(refused({}).substr(0, 26), "No configuration is given.");
  EXPECT_EQ(refused({"-i", "a", "-o", "b"}).substr(0, 26), "No configuration is given.");
}

TEST(CommandLine, InspectsTheModelWhereverItStands) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"inspect", "m.onnx", "--json"}, {"inspect", "--json", "m.onnx"}}) {
    const CommandLine line = parsed(arguments);
    EXPECT_EQ(line.action, Action::kInspect);
    EXPECT_EQ(line.input_path, "m.onnx");
    EXPECT_TRUE(line.json);
  }
  EXPECT_EQ(refused({"inspect"}), "inspect needs a model. Example: xquant inspect model.onnx");
  EXPECT_EQ(refused({"inspect", "a", "b"}).substr(0, 20), "Unknown argument 'b'");
}

TEST(CommandLine, SaysWhereAFileThatStandsAloneBelongs) {
  EXPECT_EQ(refused({"m.onnx"}),
            "Nothing says what 'm.onnx' is for. Give the float model after -i: xquant -c cfg.json "
            "-i m.onnx");
  EXPECT_EQ(
      refused({"cfg.json"}),
      "Nothing says what 'cfg.json' is for. Give the configuration after -c: xquant -c cfg.json");
  EXPECT_EQ(refused({"-c=cfg.json"}), "Unknown argument '-c=cfg.json'. See xquant --help.");
}

TEST(CommandLine, CalibratesShardsAndMergesThem) {
  const CommandLine shard =
      parsed({"calibrate", "-c", "cfg.json", "-o", "a.xqcal", "--shard", "2/8"});
  EXPECT_EQ(shard.action, Action::kCalibrate);
  EXPECT_EQ(shard.shard.number, 2);
  EXPECT_EQ(shard.shard.of, 8);
  const CommandLine merge = parsed({"merge", "a.xqcal", "b.xqcal", "-o", "all.xqcal"});
  EXPECT_EQ(merge.action, Action::kMerge);
  EXPECT_EQ(merge.merge_paths, (std::vector<std::string>{"a.xqcal", "b.xqcal"}));
  EXPECT_EQ(merge.output_path, "all.xqcal");
  EXPECT_EQ(parsed({"-c", "x", "--calibration", "a.xqcal"}).calibration_path, "a.xqcal");
}

TEST(CommandLine, SaysWhatCalibratingNeeds) {
  for (const char* value : {"0/2", "3/2", "1", "1/", "/2", "a/b", "1/2x"}) {
    EXPECT_EQ(refused({"calibrate", "-c", "x", "-o", "y", "--shard", value}).substr(0, 13),
              "--shard needs")
        << value;
  }
  EXPECT_EQ(refused({"calibrate", "-c", "x"}),
            "It is not said where the state goes. Name a file: -o state.xqcal");
  EXPECT_EQ(refused({"merge", "a", "-o", "b"}).substr(0, 21), "merge needs two state");
  EXPECT_EQ(refused({"-c", "x", "--shard", "1/2"}).substr(0, 26), "--shard belongs to calibra");
}

TEST(CommandLine, RefusesFlagsOfOtherCommands) {
  EXPECT_EQ(refused({"-c", "x", "--data", "list.txt"}),
            "--data belongs to check. Leave it out, or see xquant --help.");
  EXPECT_EQ(refused({"check", "m", "-o", "n"}).substr(0, 58),
            "--output_path belongs to xquant -c, calibrate and merge. L");
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"inspect", "m", "-c", "x"},
        {"check", "m", "--calibration", "s"},
        {"calibrate", "-c", "x", "-o", "y", "--calibration", "s"},
        {"merge", "a", "b", "-o", "y", "-i", "m"},
        {"schema", "--seed", "1"}}) {
    EXPECT_NE(refused(arguments).find(" belongs to "), std::string::npos);
  }
  EXPECT_EQ(parsed({"inspect", "m", "--threads", "2", "--quiet", "--strict"}).threads, 2);
  EXPECT_EQ(parsed({"--data", "list.txt", "--help"}).action, Action::kHelp);
}

TEST(CommandLine, ShowsSchemaVersionAndHelp) {
  EXPECT_EQ(parsed({"schema"}).action, Action::kSchema);
  EXPECT_EQ(parsed({"--version"}).action, Action::kVersion);
  EXPECT_EQ(parsed({"-h"}).action, Action::kHelp);
  EXPECT_EQ(parsed({"inspect", "--help"}).action, Action::kHelp);
  EXPECT_EQ(version_text(), "xquant " XQUANT_VERSION);
  EXPECT_NE(help_text().find("--output_path"), std::string::npos);
}

TEST(CommandLine, ChecksAModelOnGivenOrRandomInputs) {
  const CommandLine line = parsed({"check", "m.q.onnx", "--data", "a.txt", "--data=b.txt",
                                   "--float", "m.onnx", "--seed", "7", "--samples", "3", "--json"});
  EXPECT_EQ(line.action, Action::kCheck);
  EXPECT_EQ(line.input_path, "m.q.onnx");
  EXPECT_EQ(line.data_lists, (std::vector<std::string>{"a.txt", "b.txt"}));
  EXPECT_EQ(line.float_path, "m.onnx");
  EXPECT_EQ(line.seed, 7U);
  EXPECT_EQ(line.samples, 3);
  EXPECT_TRUE(line.json);
  EXPECT_EQ(refused({"check"}).substr(0, 29), "check needs a quantized model");
  EXPECT_EQ(refused({"check", "m.onnx", "-c", "c.json", "--data", "a.txt"}).substr(0, 15),
            "--data and -c b");
  EXPECT_EQ(refused({"check", "m.onnx", "--seed", "-1"}).substr(0, 20), "--seed needs a numbe");
}

TEST(ExitStatus, IsAsDocumented) {
  EXPECT_EQ(exit_status(ErrorKind::kUsage), 1);
  EXPECT_EQ(exit_status(ErrorKind::kConfig), 1);
  EXPECT_EQ(exit_status(ErrorKind::kModel), 2);
  EXPECT_EQ(exit_status(ErrorKind::kData), 2);
  EXPECT_EQ(exit_status(ErrorKind::kIo), 2);
  EXPECT_EQ(exit_status(ErrorKind::kInternal), 2);
  EXPECT_EQ(exit_status(ErrorKind::kCancelled), 130);
}

}  // namespace
}  // namespace xquant::cli
