#include <gtest/gtest.h>

#include <algorithm>

#include "onnx/model_file.h"
#include "onnx/sample_model.h"

namespace xquant::onnx {
namespace {

namespace proto = ::onnx;

proto::ModelProto written(const Model& model) {
  proto::ModelProto result;
  EXPECT_TRUE(result.ParseFromString(serialize(model)));
  return result;
}

// Field order differs from protobuf's; parsing and serializing again brings both into one order.
std::string canonical(proto::ModelProto model) {
  for (proto::TensorProto& tensor : *model.mutable_graph()->mutable_initializer()) {
    if (tensor.float_data_size() == 0) continue;
    tensor.set_raw_data(std::string(reinterpret_cast<const char*>(tensor.float_data().data()),
                                    static_cast<std::size_t>(tensor.float_data_size()) * 4));
    tensor.clear_float_data();
  }
  for (proto::NodeProto& node : *model.mutable_graph()->mutable_node()) {
    auto& attributes = *node.mutable_attribute();
    std::sort(attributes.pointer_begin(), attributes.pointer_end(),
              [](const auto* a, const auto* b) { return a->name() < b->name(); });
  }
  for (proto::OperatorSetIdProto& opset : *model.mutable_opset_import()) {
    opset.set_domain(opset.domain());
  }
  return model.SerializeAsString();
}

TEST(Write, GivesBackEveryFieldOfAModelThatNothingChanged) {
  EXPECT_EQ(canonical(written(parse_proto(sample_model()))), canonical(sample_model()));
}

TEST(Write, GivesTheSameBytesAgain) {
  const std::string once = serialize(parse_proto(sample_model()));
  EXPECT_EQ(serialize(parse_bytes(once)), once);
}

TEST(Write, StartsWithTheIrVersionByWhichToolsRecognizeAModel) {
  EXPECT_EQ(serialize(parse_proto(sample_model())).substr(0, 2), "\x08\x08");
}

TEST(Write, StreamsTheBytesOfSerialize) {
  const Model model = parse_proto(sample_model());
  std::string streamed;
  write(model, [&streamed](std::string_view piece) { streamed += piece; });
  EXPECT_EQ(streamed, serialize(model));
}

TEST(Write, PassesLargeWeightsOnFromWhereTheyLie) {
  Model model = parse_proto(sample_model());
  const Tensor large = Tensor::of<float>({1000}, std::vector<float>(1000, 0.5F));
  model.graph.add_constant("a", large);
  model.graph.add_constant("b", large);  // shares the storage
  int borrowed = 0;
  write(model,
        [&](std::string_view piece) { borrowed += piece.data() == large.bytes().data() ? 1 : 0; });
  EXPECT_EQ(borrowed, 2);
  EXPECT_EQ(written(model).graph().initializer(3).raw_data().size(), 4000U);
}

TEST(Write, SortsNodesThatWereAddedLate) {
  Model model = parse_proto(sample_model());
  Graph& graph = model.graph;
  const ValueId clipped = graph.add_value("clipped");
  graph.replace_uses(graph.find_value("s"), clipped);
  graph.add_node(
      {.name = "late", .op_type = "Clip", .inputs = {graph.find_value("s")}, .outputs = {clipped}});
  const proto::ModelProto result = written(model);
  std::vector<std::string> types;
  for (const proto::NodeProto& node : result.graph().node()) types.push_back(node.op_type());
  EXPECT_EQ(types, (std::vector<std::string>{"Add", "Clip", "Relu", "If"}));
}

TEST(Write, ForgetsWhatWasSaidOfRemovedValues) {
  Model model = parse_proto(sample_model());
  Graph& graph = model.graph;
  graph.replace_uses(graph.find_value("s"), graph.inputs[0]);
  graph.remove_node(graph.nodes()[0]);
  EXPECT_EQ(written(model).graph().value_info_size(), 0);
}

TEST(Write, KeepsUnknownFieldsOfLaterFormatVersions) {
  proto::ModelProto model = sample_model();
  model.mutable_graph()->mutable_node(0)->mutable_unknown_fields()->assign(
      "\xc2\x3e\x03new");  // field 1000
  const proto::ModelProto result = written(parse_proto(model));
  EXPECT_EQ(result.graph().node(0).unknown_fields(), "\xc2\x3e\x03new");
}

TEST(Write, KeepsDenotationsWhileTheRankIsTheSame) {
  proto::ModelProto model = sample_model();
  const auto shape_of = [](proto::ModelProto& of) {
    return of.mutable_graph()
        ->mutable_input(0)
        ->mutable_type()
        ->mutable_tensor_type()
        ->mutable_shape();
  };
  shape_of(model)->mutable_dim(0)->set_denotation("DATA_BATCH");
  Model read = parse_proto(model);
  read.graph.value(read.graph.inputs[0]).type.shape =
      DeclaredShape{Dim(std::int64_t{1}), Dim(std::int64_t{2})};
  proto::ModelProto same_rank = written(read);
  EXPECT_EQ(shape_of(same_rank)->dim(0).denotation(), "DATA_BATCH");
  EXPECT_EQ(shape_of(same_rank)->dim(0).dim_value(), 1);
  read.graph.value(read.graph.inputs[0]).type.shape = DeclaredShape{Dim(std::int64_t{2})};
  proto::ModelProto other_rank = written(read);
  EXPECT_EQ(shape_of(other_rank)->dim_size(), 1);
  EXPECT_EQ(shape_of(other_rank)->dim(0).denotation(), "");
}

}  // namespace
}  // namespace xquant::onnx
