#include <gtest/gtest.h>

#include <functional>

#include "base/error.h"
#include "data/job.h"

namespace xquant::data {
namespace {

/// The error that the function throws.
Error error_of(const std::function<void()>& function) {
  try {
    function();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "no error";
  return Error(ErrorKind::kInternal, "", "");
}

Error error_of_opening(Job& job, const std::string& entries) {
  return error_of([&] { job.open(entries); });
}

Job one_image_input(DeclaredShape shape = {1, 3, 1, 2}) {
  Job job;
  job.specs = {{"x", DataType::kFloat, std::move(shape)}};
  job.files.put("l.txt", "a.bmp");
  job.files.put("a.bmp", bitmap(60));
  return job;
}

TEST(CalibrationErrors, MissingInputParameters) {
  Job job = one_image_input();
  const Error error = error_of(
      [&] { CalibrationSet::open(config::Config{}, job.specs, job.files, job.diagnostics); });
  EXPECT_EQ(error.kind(), ErrorKind::kConfig);
  EXPECT_EQ(error.message(),
            "Calibration input_parameters setting not detected. The model has 1 inputs: x.");
}

TEST(CalibrationErrors, WrongNumberOfInputs) {
  Job job = one_image_input();
  const Error error = error_of_opening(job, "{}, {}");
  EXPECT_EQ(error.kind(), ErrorKind::kConfig);
  EXPECT_EQ(error.code(), "XQ-CFG-021");
  EXPECT_EQ(
      error.message(),
      "Calibration input_parameters size should <= model inputs size. There are 2 entries, but "
      "the model has 1 inputs: x.");
  EXPECT_EQ(error.place().pointer, "/calibration_parameters/input_parameters");
  EXPECT_EQ(error.place().line, 2);
}

TEST(CalibrationErrors, UnknownInputName) {
  Job job = one_image_input();
  const Error error = error_of_opening(job, R"({"input_name": "y"})");
  EXPECT_EQ(error.message(), "Can not find variable y in your graph, please check.");
  EXPECT_EQ(error.place().pointer, "/calibration_parameters/input_parameters/0/input_name");
  EXPECT_EQ(error.place().line, 3);
  EXPECT_EQ(error.place().column, 16);
  EXPECT_EQ(error.fix(), "The model's inputs are: x.");
}

TEST(CalibrationErrors, InputNamedTwice) {
  Job job;
  job.specs = {{"x", DataType::kFloat, {1}}, {"y", DataType::kFloat, {1}}};
  EXPECT_EQ(error_of_opening(job, R"({"input_name": "x"}, {"input_name": "x"})").code(),
            "XQ-CFG-022");
}

TEST(CalibrationErrors, ShapeThatIsNotTheModels) {
  Job job = one_image_input({"n", 3, 224, 224});
  const Error error = error_of_opening(job, R"({"input_shape": [1, 224, 224, 3]})");
  EXPECT_EQ(error.code(), "XQ-CFG-023");
  EXPECT_EQ(error.message(),
            "input_shape is [1,224,224,3], but the model's input 'x' has shape [n,3,224,224].");
  EXPECT_EQ(error_of_opening(job, R"({"input_shape": [3, 224, 224]})").code(), "XQ-CFG-023");
}

TEST(CalibrationErrors, ImagesForAnInputThatIsNone) {
  Job flat = one_image_input({1, 2048});
  EXPECT_EQ(error_of_opening(flat, R"({"data_list_path": "l.txt"})").code(), "XQ-CFG-026");
  Job four_channels = one_image_input({1, 224, 224, 4});
  EXPECT_NE(error_of_opening(four_channels, R"({"data_list_path": "l.txt"})")
                .message()
                .find("neither the second nor the last dimension of 'x'"),
            std::string::npos);
  Job open_size = one_image_input({1, 3, "h", "w"});
  EXPECT_EQ(error_of_opening(open_size, R"({"data_list_path": "l.txt"})").code(), "XQ-CFG-025");
  Job oblong = one_image_input({1, 3, 48, 320});
  EXPECT_EQ(
      error_of_opening(oblong, R"({"data_list_path": "l.txt", "preprocess_file": "PT_IMAGENET"})")
          .code(),
      "XQ-CFG-026");
}

TEST(CalibrationErrors, MeanOfAnotherNumberOfChannels) {
  Job job = one_image_input();
  const Error error = error_of_opening(job, R"({"data_list_path": "l.txt", "mean_value": [1, 2]})");
  EXPECT_EQ(error.code(), "XQ-CFG-024");
  EXPECT_EQ(error.message(), "mean_value has 2 numbers, but the input 'x' has 3 channels.");
}

TEST(CalibrationErrors, PythonPreprocessing) {
  Job job = one_image_input();
  const Error error =
      error_of_opening(job, R"({"data_list_path": "l.txt", "preprocess_file": "./p.py:f"})");
  EXPECT_EQ(error.kind(), ErrorKind::kConfig);
  EXPECT_EQ(error.code(), "XQ-CFG-020");
  EXPECT_NE(error.fix().find("PT_IMAGENET or IMAGENET"), std::string::npos);
}

TEST(CalibrationErrors, MissingAndEmptyLists) {
  Job job = one_image_input();
  const Error missing = error_of_opening(job, R"({"data_list_path": "no.txt"})");
  EXPECT_EQ(missing.kind(), ErrorKind::kData);
  EXPECT_EQ(missing.message(), "no.txt: there is no such list file.");
  EXPECT_EQ(missing.place().line, 3);
  job.files.put("empty.txt", "\n \n");
  const Error empty = error_of_opening(job, R"({"data_list_path": "empty.txt"})");
  EXPECT_EQ(empty.kind(), ErrorKind::kData);
  EXPECT_EQ(empty.message(), "Calibration input x finds 0 items. The list empty.txt has no entry.");
}

TEST(CalibrationErrors, FewerFilesThanABatch) {
  Job job = one_image_input({4, 3, 1, 2});
  EXPECT_EQ(error_of_opening(job, R"({"data_list_path": "l.txt"})").code(), "XQ-DAT-009");
}

TEST(CalibrationErrors, FilesThatCannotBeReadAreNamedWithTheirLine) {
  Job job = one_image_input();
  job.files.put("l.txt", "\nmissing.bmp\nbroken.bmp\na.bmp\n");
  job.files.put("broken.bmp", "BM");
  CalibrationSet set = job.open(R"({"data_list_path": "l.txt"})");
  ASSERT_EQ(set.size(), 3);
  const Error missing = error_of([&] { set.read(0); });
  EXPECT_EQ(missing.kind(), ErrorKind::kData);
  EXPECT_NE(missing.message().find("missing.bmp"), std::string::npos);
  EXPECT_EQ(missing.place().file, "l.txt");
  EXPECT_EQ(missing.place().line, 2);
  const CalibrationSet::RawSample raw = set.read(1);
  const Error broken = error_of([&] { set.decode(raw); });
  EXPECT_EQ(broken.kind(), ErrorKind::kData);
  EXPECT_NE(broken.message().find("broken.bmp"), std::string::npos);
  EXPECT_EQ(broken.place().file, "l.txt");
  EXPECT_EQ(broken.place().line, 3);
  EXPECT_EQ(set.decode(set.read(2)).size(), 1U);
}

TEST(CalibrationErrors, EveryBadFileOfABatchIsNamed) {
  Job job = one_image_input({3, 3, 1, 2});
  job.files.put("l.txt", "one.bmp\na.bmp\ntwo.bmp\n");
  job.files.put("one.bmp", "BM");
  job.files.put("two.bmp", "");
  CalibrationSet set = job.open(R"({"data_list_path": "l.txt"})");
  const CalibrationSet::RawSample raw = set.read(0);
  const std::string message = error_of([&] { set.decode(raw); }).message();
  EXPECT_NE(message.find("one.bmp"), std::string::npos);
  EXPECT_NE(message.find("two.bmp"), std::string::npos);
  EXPECT_EQ(message.find("a.bmp"), std::string::npos);
}

TEST(CalibrationErrors, ArraysOfTheWrongShapeOrType) {
  Job job;
  job.specs = {{"x", DataType::kInt64, {1, 2}}};
  job.files.put("l.txt", "shape.npy\ntype.npy\n");
  job.files.put("shape.npy", npy("<i8", "(2, 1)", bytes_of<std::int64_t>({1, 2})));
  job.files.put("type.npy", npy("<f4", "(1, 2)", bytes_of<float>({1, 2.5})));
  CalibrationSet set = job.open(R"({"data_list_path": "l.txt", "file_type": "npy"})");
  const Error type = error_of([&] { set.decode(set.read(1)); });
  EXPECT_EQ(type.message(), "'type.npy': The value 2.500000 cannot be stored as int64.");
  EXPECT_EQ(type.place().line, 2);
  job.specs = {{"x", DataType::kInt64, {1, 3}}};
  CalibrationSet other = job.open(R"({"data_list_path": "l.txt", "file_type": "npy"})");
  EXPECT_EQ(error_of([&] { other.decode(other.read(0)); }).message(),
            "'shape.npy' has shape [2,1], but the model's input 'x' takes [1,3].");
}

TEST(CalibrationErrors, ArraysOfTheWrongBatch) {
  Job job;
  job.specs = {{"x", DataType::kFloat, {1, 2}}};
  job.files.put("l.txt", "a.npy");
  job.files.put("a.npy", npy("<f4", "(2, 2)", bytes_of<float>({1, 2, 3, 4})));
  CalibrationSet set = job.open(R"({"data_list_path": "l.txt", "file_type": "npy"})");
  EXPECT_EQ(error_of([&] { set.decode(set.read(0)); }).message(),
            "'a.npy' makes a batch of 2, but the model's input 'x' takes 1.");
}

TEST(CalibrationErrors, ArraysWithoutElements) {
  Job job;
  job.specs = {{"x", DataType::kFloat, {"batch", 2}}};
  job.files.put("l.txt", "a.npy");
  job.files.put("a.npy", npy("<f4", "(0, 2)", ""));
  CalibrationSet set = job.open(R"({"data_list_path": "l.txt", "file_type": "npy"})");
  EXPECT_EQ(error_of([&] { set.decode(set.read(0)); }).message(),
            "'a.npy' has shape [0,2], which holds no element.");
}

TEST(CalibrationErrors, RawFilesOfTheWrongSize) {
  Job job;
  job.specs = {{"x", DataType::kFloat, {1, 2}}};
  job.files.put("l.txt", "a.bin");
  job.files.put("a.bin", "12345");
  CalibrationSet set = job.open(R"({"data_list_path": "l.txt", "file_type": "raw"})");
  EXPECT_EQ(error_of([&] { set.decode(set.read(0)); }).message(),
            "'a.bin' has 5 bytes, but [1,2] of float takes 8.");
}

}  // namespace
}  // namespace xquant::data
