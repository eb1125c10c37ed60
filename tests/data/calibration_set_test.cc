#include "data/calibration_set.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "base/error.h"
#include "data/job.h"

namespace xquant::data {
namespace {

TEST(CalibrationSet, DecodesImagesInTheOrderOfTheList) {
  Job job;
  job.specs = {{"x", DataType::kFloat, {"batch", 3, 1, 2}}};
  job.files.put("d/l.txt", "a.bmp\nb.bmp\n");
  job.files.put("d/a.bmp", bitmap(60));
  job.files.put("d/b.bmp", bitmap(70));
  CalibrationSet set = job.open(
      R"({"data_list_path": "d/l.txt", "color_format": "rgb",
          "mean_value": [10, 0, 0], "std_value": [1, 2, 1]})");
  ASSERT_EQ(set.size(), 2);
  const Tensor first = set.decode(set.read(0)).at(0);
  EXPECT_EQ(first.shape(), (Shape{1, 3, 1, 2}));
  EXPECT_EQ(values<float>(first), (std::vector<float>{0, 30, 10, 25, 30, 60}));
  EXPECT_EQ(values<float>(set.decode(set.read(1)).at(0)),
            (std::vector<float>{0, 30, 10, 25, 30, 70}));
  EXPECT_EQ(job.codes(), "XQ-DAT-101 ");  // fewer samples than calibration_step
}

TEST(CalibrationSet, TakesOneMeanForAllChannelsAsNumPyDoes) {
  Job job;
  job.specs = {{"x", DataType::kFloat, {1, 3, 1, 2}}};
  job.files.put("l.txt", "a.bmp");
  job.files.put("a.bmp", bitmap(60));
  CalibrationSet set = job.open(
      R"({"data_list_path": "l.txt", "color_format": "rgb", "mean_value": [10], "std_value": [2]})");
  EXPECT_EQ(values<float>(set.decode(set.read(0)).at(0)),
            (std::vector<float>{0, 15, 5, 20, 10, 25}));
}

TEST(CalibrationSet, PutsTheChannelsLastWhereOnlyTheLastDimensionCanBeTheirs) {
  Job job;
  job.specs = {{"x", DataType::kFloat, {"batch", 10, 2, 3}}};
  job.files.put("l.txt", "a.bmp");
  job.files.put("a.bmp", bitmap(60));
  CalibrationSet set = job.open(R"({"data_list_path": "l.txt", "color_format": "rgb"})");
  const Tensor first = set.decode(set.read(0)).at(0);
  EXPECT_EQ(first.shape(), (Shape{1, 10, 2, 3}));
  const std::vector<float> elements = values<float>(first);
  EXPECT_EQ(std::vector<float>(elements.begin(), elements.begin() + 6),
            (std::vector<float>{10, 20, 30, 40, 50, 60}));
}

TEST(CalibrationSet, FindsTheListBesideTheConfig) {
  Job job;
  job.specs = {{"x", DataType::kFloat, {1, 3, 1, 2}}};
  job.files.put("c/l.txt", "a.bmp");
  job.files.put("c/a.bmp", bitmap(60));
  job.open("{}");
  job.config.file = "c/cfg.json";
  job.config.calibration.input_parameters[0].data_list_path = "l.txt";
  CalibrationSet set = CalibrationSet::open(job.config, job.specs, job.files, job.diagnostics);
  EXPECT_EQ(set.decode(set.read(0)).size(), 1U);
}

TEST(CalibrationSet, IsBoundedByCalibrationStep) {
  Job job;
  job.specs = {{"x", DataType::kFloat, {1, 1}}};
  job.parameters = R"("calibration_step": 10,)";
  std::string list;
  for (int i = 0; i < 30; ++i) list += "a.npy\n";
  job.files.put("l.txt", list);
  EXPECT_EQ(job.open(R"({"data_list_path": "l.txt", "file_type": "npy"})").size(), 10);
  EXPECT_EQ(job.codes(), "");
}

TEST(CalibrationSet, JoinsFilesToBatchesAndSaysWhatIsLeft) {
  Job job;
  job.specs = {{"x", DataType::kFloat, {"n", 2}}};
  job.parameters = R"("calibration_batch_size": 2,)";
  job.files.put("l.txt", "a.npy\nb.npy\na.npy\n");
  job.files.put("a.npy", npy("<f4", "(1, 2)", bytes_of<float>({1, 2})));
  job.files.put("b.npy", npy("<f4", "(2,)", bytes_of<float>({3, 4})));
  CalibrationSet set = job.open(R"({"data_list_path": "l.txt", "file_type": "npy"})");
  ASSERT_EQ(set.size(), 1);
  const Tensor tensor = set.decode(set.read(0)).at(0);
  EXPECT_EQ(tensor.shape(), (Shape{2, 2}));
  EXPECT_EQ(values<float>(tensor), (std::vector<float>{1, 2, 3, 4}));
  EXPECT_EQ(job.codes(), "XQ-DAT-103 XQ-DAT-101 ");
}

TEST(CalibrationSet, TakesTheBatchOfASingleImageInputFromItsShape) {
  Job job;
  job.specs = {{"x", DataType::kFloat, {2, 3, 1, 2}}};
  job.files.put("l.txt", "a.bmp\na.bmp\na.bmp\na.bmp\n");
  job.files.put("a.bmp", bitmap(60));
  CalibrationSet set = job.open(R"({"data_list_path": "l.txt"})");
  EXPECT_EQ(set.size(), 2);
  EXPECT_EQ(set.batch_size(), 2);
  EXPECT_EQ(set.decode(set.read(1)).at(0).shape(), (Shape{2, 3, 1, 2}));
}

TEST(CalibrationSet, KeepsTheBatchSizeThatTheModelPrescribes) {
  Job job;
  job.specs = {{"x", DataType::kFloat, {1, 3, 1, 2}}};
  job.parameters = R"("calibration_batch_size": 4,)";
  job.files.put("l.txt", "a.bmp\na.bmp\n");
  EXPECT_EQ(job.open(R"({"data_list_path": "l.txt"})").batch_size(), 1);
  EXPECT_EQ(job.codes(), "XQ-CFG-121 XQ-DAT-101 ");
}

TEST(CalibrationSet, MatchesInputsByNameElseByPosition) {
  Job job;
  job.specs = {{"a", DataType::kInt64, {1, 1}},
               {"b", DataType::kInt64, {1, 1}},
               {"c", DataType::kInt64, {1, 1}}};
  for (const char* name : {"1", "2", "3"}) {
    job.files.put(std::string(name) + ".txt", std::string(name) + ".npy");
    job.files.put(std::string(name) + ".npy",
                  npy("<i8", "(1, 1)", bytes_of<std::int64_t>({std::atoi(name)})));
  }
  CalibrationSet set = job.open(R"({"data_list_path": "1.txt", "file_type": "npy"},
                                   {"data_list_path": "2.txt", "file_type": "npy"},
                                   {"data_list_path": "3.txt", "file_type": "npy",
                                    "input_name": "a"})");
  const std::vector<Tensor> tensors = set.decode(set.read(0));
  EXPECT_EQ(values<std::int64_t>(tensors.at(0)), std::vector<std::int64_t>{3});
  EXPECT_EQ(values<std::int64_t>(tensors.at(1)), std::vector<std::int64_t>{2});
  EXPECT_EQ(values<std::int64_t>(tensors.at(2)), std::vector<std::int64_t>{1});
}

TEST(CalibrationSet, RepeatsASingleFileBesideOtherInputs) {
  Job job;
  job.specs = {{"a", DataType::kFloat, {1}}, {"b", DataType::kFloat, {1}}};
  job.files.put("a.txt", "1.npy\n2.npy\n");
  job.files.put("b.txt", "1.npy\n");
  job.files.put("1.npy", npy("<f4", "(1,)", bytes_of<float>({1})));
  job.files.put("2.npy", npy("<f4", "(1,)", bytes_of<float>({2})));
  CalibrationSet set = job.open(R"({"data_list_path": "a.txt", "file_type": "npy"},
                                   {"data_list_path": "b.txt", "file_type": "npy"})");
  ASSERT_EQ(set.size(), 2);
  const std::vector<Tensor> second = set.decode(set.read(1));
  EXPECT_EQ(values<float>(second.at(0)), std::vector<float>{2});
  EXPECT_EQ(values<float>(second.at(1)), std::vector<float>{1});
}

TEST(CalibrationSet, IsAsLongAsTheShortestListAndSaysSo) {
  Job job;
  job.specs = {{"a", DataType::kFloat, {1}}, {"b", DataType::kFloat, {1}}};
  job.files.put("a.txt", "1.npy\n2.npy\n3.npy\n");
  job.files.put("b.txt", "1.npy\n2.npy\n");
  EXPECT_EQ(job.open(R"({"data_list_path": "a.txt", "file_type": "npy"},
                        {"data_list_path": "b.txt", "file_type": "npy"})")
                .size(),
            2);
  EXPECT_EQ(job.codes(), "XQ-DAT-102 XQ-DAT-101 ");
}

TEST(CalibrationSet, GivesOneSampleOfZerosWithoutAList) {
  Job job;
  job.specs = {{"x", DataType::kFloat, {"n", 3, 2, 2}}, {"y", DataType::kInt64, {"n", "s"}}};
  CalibrationSet set = job.open(R"({}, {"file_type": "npy", "input_shape": [1, 5]})");
  ASSERT_EQ(set.size(), 1);
  const std::vector<Tensor> tensors = set.decode(set.read(0));
  EXPECT_TRUE(tensors.at(0) == Tensor::of<float>({1, 3, 2, 2}, std::vector<float>(12, 0.0f)));
  EXPECT_TRUE(tensors.at(1) == Tensor::of<std::int64_t>({1, 5}, std::vector<std::int64_t>(5, 0)));
  EXPECT_EQ(job.codes(), "XQ-CFG-122 XQ-CFG-122 ");
}

TEST(CalibrationSet, RefusesZerosThatNoMemoryHolds) {
  Job job;
  job.specs = {{"x", DataType::kFloat, {"n", 3, 2, 2}}};
  try {
    job.open(R"({"file_type": "npy", "input_shape": [2147483647, 3, 2, 2]})");
    ADD_FAILURE() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "XQ-CFG-028") << error.what();
  }
}

TEST(CalibrationSet, ConvertsToTheTypeOfTheModel) {
  Job job;
  job.specs = {{"x", DataType::kFloat, {1, 2}}};
  job.files.put("l.txt", "a.npy");
  job.files.put("a.npy", npy("<i8", "(1, 2)", bytes_of<std::int64_t>({7, 9})));
  CalibrationSet set = job.open(R"({"data_list_path": "l.txt", "file_type": "npy"})");
  EXPECT_EQ(values<float>(set.decode(set.read(0)).at(0)), (std::vector<float>{7, 9}));
}

TEST(CalibrationSet, ReadsRawFilesInTheShapeOfTheInput) {
  Job job;
  job.specs = {{"x", DataType::kInt64, {"n", 3}}};
  job.files.put("l.txt", "model_type.bin\nfloats.bin\n");
  job.files.put("model_type.bin", bytes_of<std::int64_t>({1, 2, 3}));
  job.files.put("floats.bin", bytes_of<float>({4, 5, 6}));
  CalibrationSet set = job.open(R"({"data_list_path": "l.txt", "file_type": "raw"})");
  const Tensor first = set.decode(set.read(0)).at(0);
  EXPECT_EQ(first.shape(), (Shape{1, 3}));
  EXPECT_EQ(values<std::int64_t>(first), (std::vector<std::int64_t>{1, 2, 3}));
  EXPECT_EQ(values<std::int64_t>(set.decode(set.read(1)).at(0)),
            (std::vector<std::int64_t>{4, 5, 6}));
}

TEST(CalibrationSet, ReadsRawFilesOfTheGivenType) {
  Job job;
  job.specs = {{"x", DataType::kFloat, {1, 2}}};
  job.files.put("l.txt", "a.bin");
  job.files.put("a.bin", bytes_of<std::uint8_t>({200, 3}));
  CalibrationSet set =
      job.open(R"({"data_list_path": "l.txt", "file_type": "raw", "dtype": "uint8"})");
  EXPECT_EQ(values<float>(set.decode(set.read(0)).at(0)), (std::vector<float>{200, 3}));
}

TEST(CalibrationSet, AddsAMissingBatchAxis) {
  Job job;
  job.specs = {{"x", DataType::kFloat, {1, 1, 2, 1}}};
  job.files.put("l.txt", "a.npy");
  job.files.put("a.npy", npy("<f4", "(2,)", bytes_of<float>({1, 2})));
  CalibrationSet set = job.open(R"({"data_list_path": "l.txt", "file_type": "npy"})");
  EXPECT_EQ(set.decode(set.read(0)).at(0).shape(), (Shape{1, 1, 2, 1}));
}

TEST(CalibrationSet, WarnsThatImagesBecomeGrey) {
  Job job;
  job.specs = {{"x", DataType::kFloat, {1, 1, 1, 2}}};
  job.files.put("l.txt", "a.bmp");
  job.files.put("a.bmp", bitmap(60));
  CalibrationSet set = job.open(R"({"data_list_path": "l.txt"})");
  EXPECT_EQ(set.decode(set.read(0)).at(0).shape(), (Shape{1, 1, 1, 2}));
  EXPECT_EQ(job.codes(), "XQ-CFG-123 XQ-DAT-101 ");
}

TEST(CalibrationSet, OpensTheListsOfRealConfigs) {
  const char* data = std::getenv("XQUANT_DATA");
  if (data == nullptr) GTEST_SKIP() << "XQUANT_DATA is not set";
  const std::string root = data;
  DiskFiles files;
  Diagnostics diagnostics;
  const auto open = [&](const std::string& name, InputSpec spec) {
    const std::string file = root + "/configs/" + name + ".json";
    config::Config config = config::parse(files.read(file), file, diagnostics);
    std::string& list = *config.calibration.input_parameters.at(0).data_list_path;
    list = root + "/" + list;
    const std::vector<InputSpec> specs{std::move(spec)};
    return CalibrationSet::open(config, specs, files, diagnostics);
  };
  CalibrationSet photos = open("mobilenet_v1_025", {"input", DataType::kFloat, {1, 3, 224, 224}});
  ASSERT_EQ(photos.size(), 100);
  const Tensor photo = photos.decode(photos.read(99)).at(0);
  EXPECT_EQ(photo.shape(), (Shape{1, 3, 224, 224}));
  for (const float element : photo.data<float>()) ASSERT_LE(std::abs(element), 1.0f);
  CalibrationSet sounds = open("kws_dscnn", {"input", DataType::kFloat, {1, 1, 49, 10}});
  EXPECT_EQ(sounds.size(), 100);
  EXPECT_EQ(sounds.decode(sounds.read(0)).at(0).shape(), (Shape{1, 1, 49, 10}));
}

}  // namespace
}  // namespace xquant::data
