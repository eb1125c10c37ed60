#include <gtest/gtest.h>

#include <limits>

#include "onnx/model_file.h"
#include "onnx/sample_model.h"

namespace xquant::onnx {
namespace {

namespace proto = ::onnx;

void set_location(proto::TensorProto& tensor, const std::string& location,
                  const std::string& offset, const std::string& length) {
  tensor.clear_float_data();
  tensor.set_data_location(proto::TensorProto::EXTERNAL);
  const auto add = [&tensor](const char* key, const std::string& value) {
    if (value.empty()) return;
    proto::StringStringEntryProto& entry = *tensor.add_external_data();
    entry.set_key(key);
    entry.set_value(value);
  };
  add("location", location);
  add("offset", offset);
  add("length", length);
}

proto::ModelProto external_model(const std::string& location, const std::string& offset = "4",
                                 const std::string& length = "8") {
  proto::TensorProto tensor = small_tensor();
  set_location(tensor, location, offset, length);
  return identity_of(tensor);
}

class ExternalData : public testing::Test {
 protected:
  ExternalData() {
    const float values[] = {0.0F, 3.0F, 4.0F};
    files_.put("models/weights.bin", {reinterpret_cast<const char*>(values), sizeof(values)});
    files_.put("models/deeper/weights.bin",
               {reinterpret_cast<const char*>(values), sizeof(values)});
    files_.put("secret.bin", std::string(64, '\7'));
  }

  Model load_model(const proto::ModelProto& model) {
    files_.put("models/m.onnx", model.SerializeAsString());
    return load("models/m.onnx", files_);
  }

  std::string refusal(const proto::ModelProto& model) {
    try {
      load_model(model);
    } catch (const Error& error) {
      return error.code();
    }
    return "";
  }

  MemoryFiles files_;
};

TEST_F(ExternalData, IsReadFromItsOffset) {
  for (const char* location : {"weights.bin", "deeper/weights.bin", "./weights.bin"}) {
    const bool same_folder = location[0] == '.';
    if (same_folder) files_.put("models/./weights.bin", files_.read("models/weights.bin"));
    const Graph graph = load_model(external_model(location)).graph;
    EXPECT_EQ(graph.constant(graph.find_value("w"))->data<float>()[1], 4.0F) << location;
  }
}

TEST_F(ExternalData, NeedsNeitherOffsetNorLength) {
  const Graph graph = load_model(external_model("weights.bin", "", "")).graph;
  EXPECT_EQ(graph.constant(graph.find_value("w"))->data<float>()[1], 3.0F);
}

TEST_F(ExternalData, IsWrittenIntoTheFile) {
  const Model model = load_model(external_model("weights.bin"));
  EXPECT_EQ(refusal_of(serialize(model)), "") << "must not need the other file any more";
}

TEST_F(ExternalData, IsReadAlsoWhereTheGraphDoesNotLook) {
  proto::ModelProto model = identity_of(small_tensor());
  proto::NodeProto& inner = *model.add_functions()->add_node();
  inner.set_op_type("Constant");
  proto::AttributeProto& value = *inner.add_attribute();
  value.set_name("value");
  value.set_type(proto::AttributeProto::TENSOR);
  *value.mutable_t() = small_tensor();
  set_location(*value.mutable_t(), "weights.bin", "4", "8");
  proto::ModelProto result;
  ASSERT_TRUE(result.ParseFromString(serialize(load_model(model))));
  EXPECT_EQ(result.functions(0).node(0).attribute(0).t().raw_data(),
            files_.read("models/weights.bin").substr(4));
}

TEST_F(ExternalData, MustStayInsideTheFolderOfTheModel) {
  for (const char* location :
       {"../secret.bin", "deeper/../../secret.bin", "deeper/../weights.bin", "..\\secret.bin",
        "/secret.bin", "C:\\secret.bin", "C:secret.bin", "..", ""}) {
    EXPECT_EQ(refusal(external_model(location)), "XQ-ONX-017") << location;
  }
  EXPECT_EQ(refusal(external_model(std::string("weights.bin\0x", 13))), "XQ-ONX-017");
}

TEST_F(ExternalData, IsRefusedWhenMissing) {
  EXPECT_EQ(refusal(external_model("other.bin")), "XQ-ONX-018");
  EXPECT_EQ(refusal_of(external_model("weights.bin")), "XQ-ONX-018") << "no files at all";
}

TEST_F(ExternalData, IsRefusedWhenTooShortOrSaidToBeAnotherLength) {
  const std::string huge = std::to_string(std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(refusal(external_model("weights.bin", "5")), "XQ-ONX-019");
  EXPECT_EQ(refusal(external_model("weights.bin", huge)), "XQ-ONX-019");
  EXPECT_EQ(refusal(external_model("weights.bin", "-1")), "XQ-ONX-019");
  EXPECT_EQ(refusal(external_model("weights.bin", "4", "12")), "XQ-ONX-019");
  EXPECT_EQ(refusal(external_model("weights.bin", "4", "eight")), "XQ-ONX-019");
}

TEST_F(ExternalData, WithImpossibleDimensionsReservesNothing) {
  proto::ModelProto model = external_model("weights.bin", "0", "");
  model.mutable_graph()->mutable_initializer(0)->set_dims(0, std::int64_t{1} << 46);
  EXPECT_EQ(refusal(model), "XQ-ONX-019");
}

}  // namespace
}  // namespace xquant::onnx
