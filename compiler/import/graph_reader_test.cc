#include "compiler/import/graph_reader.h"

#include <gtest/gtest.h>

#include <cmath>

#include "compiler/import/test_model.h"

namespace cortico {
namespace {

constexpr const char* kRelu = "torch.ops.aten.relu.default";
constexpr const char* kAdd = "torch.ops.aten.add.Tensor";

/// A node "aten.test.default" with one argument `a`, after which the model returns the input.
ImportResult ImportArg(const Json& arg, TestModel model = {}) {
  model.Input("x", {2}).Node("torch.ops.aten.test.default", {{"a", arg}}, "t").Output("t");
  return Import(model);
}

template <class T>
T ArgOf(const ImportResult& result) {
  EXPECT_TRUE(result.ok()) << result.text();
  const Arg* arg = result.ok() ? result.node(0).Find("a") : nullptr;
  const T* value = arg != nullptr ? std::get_if<T>(arg) : nullptr;
  EXPECT_NE(value, nullptr);
  return value != nullptr ? *value : T();
}

// ---- Nodes and arguments -----------------------------------------------------------------------

TEST(GraphReader, NamesLocationAndType) {
  const ImportResult result = Import(ReluModel());
  ASSERT_TRUE(result.ok()) << result.text();
  const Node& node = result.node(0);
  EXPECT_EQ(node.op, "aten.relu.default");
  EXPECT_EQ(node.Tensor("self"), result.graph().inputs[0]);
  EXPECT_EQ(node.output()->name, "relu");
  EXPECT_EQ(node.output()->type.ToString(), "f32[2]");
  EXPECT_EQ(node.location.ToString(), "node 'relu' (fc, net.py:7)");
  EXPECT_EQ(result.graph().outputs[0], node.output());
  EXPECT_EQ(result.graph().output_names[0], "relu");
}

TEST(GraphReader, OpsOfOtherLibrariesKeepTheirNames) {
  TestModel model;
  model.Input("x", {2}).Node("torch.ops.quantized_decomposed.quantize_per_tensor.default",
                             {{"input", TensorJson("x")}, {"scale", {{"as_float", 0.5}}}}, "q");
  const ImportResult result = Import(model.Output("q"));
  ASSERT_TRUE(result.ok()) << result.text();
  EXPECT_EQ(result.node(0).op, "quantized_decomposed.quantize_per_tensor.default");
  EXPECT_EQ(result.node(0).Double("scale", 0), 0.5);
}

TEST(GraphReader, EveryKindOfArgument) {
  EXPECT_EQ(ArgOf<std::monostate>(ImportArg({{"as_none", true}})), std::monostate());
  EXPECT_EQ(ArgOf<int64_t>(ImportArg({{"as_int", -3}})), -3);
  EXPECT_EQ(ArgOf<Ints64>(ImportArg({{"as_ints", {1, 2}}})), (Ints64{1, 2}));
  EXPECT_EQ(ArgOf<double>(ImportArg({{"as_float", 0.1}})), 0.1);
  EXPECT_EQ(ArgOf<double>(ImportArg({{"as_float", 3}})), 3.0);
  EXPECT_EQ(ArgOf<double>(ImportArg({{"as_float", "-Infinity"}})), -INFINITY);
  EXPECT_TRUE(std::isnan(ArgOf<double>(ImportArg({{"as_float", "NaN"}}))));
  EXPECT_EQ(ArgOf<Doubles>(ImportArg({{"as_floats", {0.5, "Infinity"}}})),
            (Doubles{0.5, INFINITY}));
  EXPECT_EQ(ArgOf<bool>(ImportArg({{"as_bool", true}})), true);
  EXPECT_EQ(ArgOf<Ints64>(ImportArg({{"as_bools", {true, false}}})), (Ints64{1, 0}));
  EXPECT_EQ(ArgOf<std::string>(ImportArg({{"as_string", "tanh"}})), "tanh");
  EXPECT_EQ(ArgOf<DType>(ImportArg({{"as_scalar_type", 2}})), DType::kInt8);
  EXPECT_EQ(ArgOf<Symbol>(ImportArg({{"as_memory_format", 2}})).text, "channels_last");
  EXPECT_EQ(ArgOf<Symbol>(ImportArg({{"as_layout", 7}})).text, "strided");
  EXPECT_EQ(ArgOf<Symbol>(ImportArg({{"as_device", {{"type", "cpu"}, {"index", nullptr}}}})).text,
            "cpu");
  EXPECT_EQ(ArgOf<Symbol>(ImportArg({{"as_device", {{"type", "cuda"}, {"index", 1}}}})).text,
            "cuda:1");
  EXPECT_EQ(ArgOf<Value*>(ImportArg(TensorJson("x")))->name, "x");
  EXPECT_EQ(ArgOf<Value*>(ImportArg({{"as_optional_tensor", TensorJson("x")}}))->name, "x");
  EXPECT_EQ(ArgOf<std::monostate>(ImportArg({{"as_optional_tensor", {{"as_none", true}}}})),
            std::monostate());
  EXPECT_EQ(ArgOf<Values>(ImportArg({{"as_tensors", {{{"name", "x"}}, {{"name", "x"}}}}})).size(),
            2U);
  const Values optional =
      ArgOf<Values>(ImportArg({{"as_optional_tensors", {TensorJson("x"), {{"as_none", true}}}}}));
  ASSERT_EQ(optional.size(), 2U);
  EXPECT_EQ(optional[1], nullptr);
}

TEST(GraphReader, SizesAmongTheArguments) {
  TestModel model;
  model.graph()["sym_int_values"]["five"] = {{"as_int", 5}};
  model.graph()["sym_int_values"]["six"] = {{"as_expr", {{"expr_str", "Mul(Integer(2), 3)"}}}};
  model.graph()["sym_float_values"]["half"] = {{"as_float", 0.5}};
  model.graph()["sym_bool_values"]["yes"] = {{"as_bool", true}};
  EXPECT_EQ(ArgOf<int64_t>(ImportArg({{"as_sym_int", {{"as_name", "five"}}}}, model)), 5);
  EXPECT_EQ(ArgOf<int64_t>(ImportArg({{"as_sym_int", {{"as_int", 4}}}}, model)), 4);
  EXPECT_EQ(
      ArgOf<Ints64>(ImportArg({{"as_sym_ints", {{{"as_name", "six"}}, {{"as_int", -1}}}}}, model)),
      (Ints64{6, -1}));
  EXPECT_EQ(ArgOf<double>(ImportArg({{"as_sym_float", {{"as_name", "half"}}}}, model)), 0.5);
  EXPECT_EQ(ArgOf<bool>(ImportArg({{"as_sym_bool", {{"as_name", "yes"}}}}, model)), true);
  EXPECT_FALSE(ImportArg({{"as_sym_int", {{"as_name", "nobody"}}}}, model).ok());
  const ImportResult unknown = ImportArg({{"as_sym_float", {{"as_name", "nobody"}}}}, model);
  EXPECT_TRUE(unknown.Says("depends on the data")) << unknown.text();
}

TEST(GraphReader, RefusedArguments) {
  const Json graph = {{"as_graph", {{"name", "g"}, {"graph", Json::object()}}}};
  for (const Json& arg : std::vector<Json>{graph,
                                           {{"as_operator", "aten.add"}},
                                           {{"as_custom_obj", {{"name", "o"}, {"class_fqn", "C"}}}},
                                           {{"as_complex", {{"real", 1.0}, {"imag", 2.0}}}},
                                           {{"as_strings", {"a"}}},
                                           {{"as_nested_tensors", Json::array()}},
                                           {{"as_int_lists", Json::array()}},
                                           {{"as_float_lists", Json::array()}},
                                           {{"as_string_to_argument", Json::object()}}}) {
    const ImportResult result = ImportArg(arg);
    EXPECT_FALSE(result.ok());
    EXPECT_TRUE(result.Says("node 't' (fc, net.py:7): argument 'a' is")) << result.text();
    EXPECT_TRUE(result.Says("not supported")) << result.text();
  }
  EXPECT_TRUE(ImportArg({{"as_scalar_type", 10}}).Says("complex64"));
}

TEST(GraphReader, DamagedArguments) {
  for (const Json& arg : std::vector<Json>{nullptr,
                                           Json::object(),
                                           "as_int",
                                           {{"as_unheard_of", 1}},
                                           {{"as_int", 1}, {"as_float", 2}},
                                           {{"as_int", 1.5}},
                                           {{"as_int", 18446744073709551615ULL}},
                                           {{"as_ints", {1, "2"}}},
                                           {{"as_ints", 1}},
                                           {{"as_float", "fast"}},
                                           {{"as_bool", 1}},
                                           {{"as_memory_format", 9}},
                                           {{"as_layout", 0}},
                                           {{"as_device", "cpu"}},
                                           {{"as_tensors", 3}},
                                           {{"as_tensors", {{{"name", "nobody"}}}}},
                                           {{"as_tensor", {{"name", "nobody"}}}},
                                           {{"as_sym_ints", {{{"as_int", 1.5}}}}}}) {
    const ImportResult result = ImportArg(arg);
    EXPECT_FALSE(result.ok()) << arg.dump();
    EXPECT_TRUE(result.Says("damaged")) << arg.dump() << '\n' << result.text();
  }
}

TEST(GraphReader, SeveralResults) {
  TestModel model;
  model.Input("x", {4});
  for (const char* name : {"a", "b", "c"}) model.Value(name) = MetaJson(kSerializedFloat, {2});
  model.NodeWith("torch.ops.aten.split.Tensor", {{"self", TensorJson("x")}},
                 {{{"as_tensors", {{{"name", "a"}}, {{"name", "b"}}}}}});
  model.NodeWith("torch.ops.aten.pair.default", {{"self", TensorJson("b")}},
                 {{{"as_none", true}}, TensorJson("c")});
  const ImportResult result = Import(model.Output("a").Output("c"));
  ASSERT_TRUE(result.ok()) << result.text();
  ASSERT_EQ(result.node(0).outputs.size(), 2U);
  EXPECT_EQ(result.node(0).output(1)->name, "b");
  EXPECT_EQ(result.node(0).location.node, "a");
  // The None keeps its place.
  ASSERT_EQ(result.node(1).outputs.size(), 2U);
  EXPECT_EQ(result.node(1).output(0)->type.numel(), 0);
  EXPECT_EQ(result.node(1).output(1)->name, "c");
}

TEST(GraphReader, DropsAssertionsAndWhatOnlyTheyRead) {
  TestModel model = ReluModel();
  model.Node("torch.ops.aten.gt.Scalar", {{"self", TensorJson("x")}}, "gt");
  model.NodeWith("torch.ops.aten._assert_async.msg", {{"self", TensorJson("gt")}}, {});
  model.NodeWith("torch.ops.aten._assert_tensor_metadata.default", {{"a", TensorJson("x")}}, {});
  model.NodeWith("torch.ops.aten.sym_constrain_range_for_size.default", {}, {});
  model.NodeWith("_guards_fn", {}, {});
  const ImportResult result = Import(model);
  ASSERT_TRUE(result.ok()) << result.text();
  EXPECT_EQ(result.graph().nodes().size(), 1U);
}

TEST(GraphReader, OpensNoGradRegions) {
  TestModel inner;
  inner.Input("x", {2}).Node(kRelu, {{"self", TensorJson("x")}}, "inner");
  inner.graph()["outputs"] = Json::array({TensorJson("inner")});
  TestModel model;
  model.Input("x", {2}).NodeWith("torch.ops.higher_order.wrap_with_set_grad_enabled",
                                 {{"", {{"as_bool", false}}},
                                  {"", {{"as_graph", {{"name", "g"}, {"graph", inner.graph()}}}}},
                                  {"", TensorJson("x")}},
                                 {TensorJson("getitem")});
  model.Node(kRelu, {{"self", TensorJson("getitem")}}, "relu").Output("relu");
  const ImportResult result = Import(model);
  ASSERT_TRUE(result.ok()) << result.text();
  ASSERT_EQ(result.graph().nodes().size(), 2U);
  EXPECT_EQ(result.node(0).output()->name, "inner");
  EXPECT_EQ(result.node(1).Tensor("self"), result.node(0).output());

  model.graph()["nodes"][0]["inputs"].erase(2);
  EXPECT_TRUE(Import(model).Says("torch.no_grad() region"));
}

TEST(GraphReader, RefusedNodes) {
  const auto text = [](const std::string& target) {
    TestModel model;
    model.Input("x", {2}).Node(target, {{"self", TensorJson("x")}}, "t").Output("t");
    return Import(model).text();
  };
  EXPECT_NE(text("torch.ops.higher_order.cond").find("higher-order op 'cond'"), std::string::npos);
  EXPECT_NE(text("torch.ops.higher_order.wrap_with_autocast").find("torch.autocast"),
            std::string::npos);
  EXPECT_NE(text("_operator.getitem").find("no operator of torch"), std::string::npos);
  EXPECT_NE(text("").find("no operator of torch"), std::string::npos);
  EXPECT_NE(text("torch.ops.a b").find("no operator of torch"), std::string::npos);
  EXPECT_NE(text("torch.ops.aten.add.out").find("run_decompositions"), std::string::npos);
}

TEST(GraphReader, RefusedResults) {
  TestModel none;
  none.Input("x", {2}).NodeWith("torch.ops.aten.foo.default", {{"self", TensorJson("x")}}, {});
  EXPECT_TRUE(Import(none.Output("x")).Says("it returns nothing"));

  TestModel mixed;
  mixed.Input("x", {2}).NodeWith("torch.ops.aten.foo.default", {{"self", TensorJson("x")}},
                                 {TensorJson("x2"), {{"as_custom_obj", {{"name", "o"}}}}});
  EXPECT_TRUE(Import(mixed.Output("x")).Says("a result that is no tensor"));

  TestModel untyped = ReluModel();
  untyped.graph()["tensor_values"].erase("relu");
  EXPECT_TRUE(Import(untyped).Says("has no type"));

  TestModel complex = ReluModel();
  complex.Value("relu")["dtype"] = 10;
  EXPECT_TRUE(Import(complex).Says("complex64"));

  TestModel sparse = ReluModel();
  sparse.Value("relu")["layout"] = 1;
  EXPECT_TRUE(Import(sparse).Says("sparse"));

  for (const int64_t size : {int64_t{-1}, int64_t{1} << 41}) {
    TestModel huge = ReluModel();
    huge.Value("relu") = MetaJson(kSerializedFloat, {0, size});
    EXPECT_TRUE(Import(huge).Says("impossible size")) << size;
  }

  TestModel twice = ReluModel();
  twice.Node(kRelu, {{"self", TensorJson("relu")}}, "relu");
  EXPECT_TRUE(Import(twice).Says("two values have the name 'relu'"));
}

TEST(GraphReader, AllProblemsAtOnceAndNoEchoes) {
  TestModel model;
  model.Input("x", {2}).Node(kRelu, {{"self", {{"as_complex", 1}}}}, "a");
  model.Node(kRelu, {{"self", TensorJson("a")}}, "b");  // silent: the user knows about `a`
  model.Node(kRelu, {{"self", {{"as_strings", 1}}}}, "c").Output("b");
  const ImportResult result = Import(model);
  EXPECT_EQ(result.diagnostics.all().size(), 2U) << result.text();
}

TEST(GraphReader, StopsAfterAHundredProblems) {
  TestModel model;
  model.Input("x", {2});
  for (int i = 0; i < 300; ++i) model.Node("nonsense", {}, "n" + std::to_string(i));
  const ImportResult result = Import(model.Output("x"));
  EXPECT_LT(result.diagnostics.all().size(), 110U);
  EXPECT_TRUE(result.Says("there may be more problems"));
}

// ---- In-place ops ------------------------------------------------------------------------------

TEST(InPlace, ReadersOfTheOldNameGetTheResult) {
  TestModel model;
  model.Input("x", {2}).Node(kRelu, {{"self", TensorJson("x")}}, "a");
  model.Node("torch.ops.aten.mul_.Tensor", {{"self", TensorJson("a")}, {"other", {{"as_int", 2}}}},
             "m");
  model.Node(kAdd, {{"self", TensorJson("a")}, {"other", TensorJson("m")}}, "sum").Output("sum");
  const ImportResult result = Import(model);
  ASSERT_TRUE(result.ok()) << result.text();
  EXPECT_EQ(result.node(1).op, "aten.mul.Tensor");
  EXPECT_EQ(result.node(2).Tensor("self"), result.node(1).output());
  EXPECT_EQ(result.node(2).Tensor("other"), result.node(1).output());
}

/// y = relu(x); v = view(y); v.mul_(2); return `returned`.
ImportResult WriteThroughView(const std::string& returned) {
  TestModel model;
  model.Input("x", {2}).Node(kRelu, {{"self", TensorJson("x")}}, "y");
  model.Node("torch.ops.aten.view.default", {{"self", TensorJson("y")}}, "v");
  model.Node("torch.ops.aten.mul_.Scalar", {{"self", TensorJson("v")}}, "m");
  return Import(model.Output(returned));
}

TEST(InPlace, AWriteThatAViewWouldSeeIsRefused) {
  EXPECT_TRUE(WriteThroughView("m").ok());
  EXPECT_TRUE(WriteThroughView("v").ok());  // `v` is the written tensor
  const ImportResult result = WriteThroughView("y");
  EXPECT_TRUE(result.Says("node 'm' (fc, net.py:7): aten.mul_.Scalar writes into memory that 'y'"))
      << result.text();
  EXPECT_TRUE(result.Says("run_decompositions"));
}

TEST(InPlace, WritesIntoInputsAndWeightsAreRefused) {
  TestModel input;
  input.Input("x", {2}).Node("torch.ops.aten.relu_.default", {{"self", TensorJson("x")}}, "r");
  EXPECT_TRUE(Import(input.Output("r")).Says("writes into the program's input 'x'"));

  TestModel view;
  view.Input("x", {2}).Node("torch.ops.aten.view.default", {{"self", TensorJson("x")}}, "v");
  view.Node("torch.ops.aten.relu_.default", {{"self", TensorJson("v")}}, "r");
  EXPECT_TRUE(Import(view.Output("r")).Says("writes into the program's input 'x'"));

  TestModel weight;
  weight.Input("x", {2})
      .SmallWeight("b_h", "h")
      .Node("torch.ops.aten.copy_.default", {{"self", TensorJson("b_h")}, {"src", TensorJson("x")}},
            "c");
  const ImportResult result = Import(weight.Output("c"));
  EXPECT_TRUE(result.Says("writes into 'h'")) << result.text();
}

TEST(InPlace, DetachIsNoWrite) {
  TestModel model;
  model.Input("x", {2}).Node("torch.ops.aten.detach_.default", {{"self", TensorJson("x")}}, "d");
  const ImportResult result = Import(model.Output("d"));
  ASSERT_TRUE(result.ok()) << result.text();
  EXPECT_EQ(result.graph().outputs[0], result.graph().inputs[0]);
}

TEST(InPlace, NamesOfInPlaceOps) {
  EXPECT_EQ(FunctionalName("aten.relu_.default"), "aten.relu.default");
  EXPECT_EQ(FunctionalName("aten.relu.default"), "");
  EXPECT_EQ(FunctionalName("aten.__and__.Tensor"), "");
  EXPECT_EQ(FunctionalName("odd.my_op_.default"), "");
  EXPECT_TRUE(MayReturnView("aten.view.default"));
  EXPECT_FALSE(MayReturnView("aten.relu.default"));
}

// ---- Weights -----------------------------------------------------------------------------------

TEST(Weights, KindsNamesAndSharing) {
  TestModel model;
  const float values[2] = {1, 2};
  const std::string bytes(reinterpret_cast<const char*>(values), sizeof(values));
  const Json meta = MetaJson(kSerializedFloat, {2});
  model.Input("x", {2});
  model.Weight("parameter", "p_a", "a", meta, "weight_0", bytes);
  model.Weight("buffer", "b_b", "b", meta, "weight_0", bytes);
  model.Weight("tensor_constant", "c_c", "c", meta, "constant_0", bytes);
  model.Weight("parameter", "p_unused", "unused", meta, "weight_0", bytes);
  // A buffer that is not persistent lies with the constants.
  model.Weight("buffer", "b_d", "d", meta, "weight_9", bytes);
  model.constants["config"]["d"] = model.weights["config"]["d"];
  model.weights["config"].erase("d");
  model.entries["data/constants/weight_9"] = bytes;
  model.Node("torch.ops.aten.cat.default",
             {{"tensors",
               {{"as_tensors",
                 {{{"name", "p_a"}}, {{"name", "b_b"}}, {{"name", "c_c"}}, {{"name", "b_d"}}}}}}},
             "cat", {8});
  const ImportResult result = Import(model.Output("cat"));
  ASSERT_TRUE(result.ok()) << result.text();
  const Value* a = result.graph().FindValue("p_a");
  ASSERT_NE(a, nullptr);
  EXPECT_EQ(a->origin, "a");
  EXPECT_EQ(a->DataAs<float>()[1], 2.0F);
  EXPECT_EQ(result.graph().FindValue("b_b")->data, a->data);
  EXPECT_NE(result.graph().FindValue("c_c")->data, a->data);
  EXPECT_NE(result.graph().FindValue("b_d"), nullptr);
  EXPECT_EQ(result.graph().FindValue("p_unused"), nullptr);
}

/// A model with one weight `w`, changed by `change`; the texts that must be in the messages.
void ExpectWeightError(const std::function<void(TestModel&)>& change, const std::string& says) {
  TestModel model;
  model.Input("x", {2})
      .SmallWeight("p_w", "w")
      .Node(kAdd, {{"self", TensorJson("x")}, {"other", TensorJson("p_w")}}, "add");
  model.Output("add");
  ASSERT_TRUE(Import(model).ok());
  change(model);
  const ImportResult result = Import(model);
  EXPECT_FALSE(result.ok());
  EXPECT_TRUE(result.Says(says)) << result.text();
  EXPECT_TRUE(result.Says("'w'")) << result.text();
}

TEST(Weights, Refusals) {
  const auto record = [](TestModel& m) -> Json& { return m.weights["config"]["w"]; };
  ExpectWeightError([&](TestModel& m) { record(m)["use_pickle"] = true; }, "Python pickle");
  ExpectWeightError([&](TestModel& m) { record(m).erase("use_pickle"); }, "Python pickle");
  ExpectWeightError([](TestModel& m) { m.weights["config"].erase("w"); }, "not in the archive");
  ExpectWeightError([&](TestModel& m) { record(m)["path_name"] = "gone"; },
                    "no entry 'm/data/weights/gone'");
  ExpectWeightError([&](TestModel& m) { record(m).erase("path_name"); }, "names no entry");
  ExpectWeightError([&](TestModel& m) { record(m)["tensor_meta"] = nullptr; }, "incomplete");
  ExpectWeightError([&](TestModel& m) { record(m)["tensor_meta"]["dtype"] = 29; }, "float8_e4m3fn");
  ExpectWeightError([&](TestModel& m) { record(m)["tensor_meta"]["layout"] = 2; }, "sparse");
  ExpectWeightError([&](TestModel& m) { record(m)["tensor_meta"]["storage_offset"]["as_int"] = 1; },
                    "beyond the end");
  ExpectWeightError([&](TestModel& m) { record(m)["tensor_meta"]["strides"][0]["as_int"] = -1; },
                    "make no tensor");
  ExpectWeightError([](TestModel& m) { m.entries["data/weights/weight_p_w"] = "1234567"; },
                    "beyond the end");
  ExpectWeightError([](TestModel& m) { m.entries["data/weights/weight_p_w"] = ""; },
                    "not in the archive");
  ExpectWeightError([](TestModel& m) { m.Value("p_w") = MetaJson(kSerializedFloat, {1}); },
                    "f32[2] in the archive and f32[1] in the graph");
}

TEST(Weights, PicklesAndStrangeTypesMatterOnlyWhenRead) {
  TestModel model = ReluModel();
  model.SmallWeight("p_w", "w");
  model.weights["config"]["w"]["use_pickle"] = true;
  model.Value("p_w")["dtype"] = 29;
  model.signature()["input_specs"].push_back(
      {{"custom_obj", {{"arg", {{"name", "obj"}, {"class_fqn", "C"}}}, {"custom_obj_name", "o"}}}});
  EXPECT_TRUE(Import(model).ok()) << Import(model).text();
}

// ---- Signature ---------------------------------------------------------------------------------

TEST(Signature, InputsThatAreNoTensors) {
  TestModel constant = ReluModel();
  constant.signature()["input_specs"].push_back(
      {{"constant_input", {{"name", "k"}, {"value", {{"as_int", 2}}}}}});
  const ImportResult noted = Import(constant);
  EXPECT_TRUE(noted.ok());
  EXPECT_TRUE(noted.Says("'k'"));

  TestModel number = ReluModel();
  number.signature()["input_specs"].push_back({{"user_input", {{"arg", {{"as_int", 2}}}}}});
  EXPECT_TRUE(Import(number).Says("an input of the program is no tensor"));

  TestModel object = ReluModel();
  object.signature()["input_specs"].push_back(
      {{"custom_obj", {{"arg", {{"name", "obj"}}}, {"custom_obj_name", "o"}}}});
  object.NodeWith("torch.ops.aten.foo.default", {{"o", {{"as_custom_obj", {{"name", "obj"}}}}}},
                  {});
  EXPECT_TRUE(Import(object).Says("custom object"));

  TestModel unknown = ReluModel();
  unknown.signature()["input_specs"].push_back({{"wormhole", Json::object()}});
  EXPECT_TRUE(Import(unknown).Says("unknown kind 'wormhole'"));
}

TEST(Signature, OutputsThatAreNoTensors) {
  TestModel model = ReluModel();
  for (const Json& arg : std::vector<Json>{{{"as_none", true}}, {{"as_int", 7}}}) {
    model.signature()["output_specs"].push_back({{"user_output", {{"arg", arg}}}});
  }
  const ImportResult result = Import(model);
  EXPECT_TRUE(result.Says("output 1 of the program is no tensor but None"));
  EXPECT_TRUE(result.Says("output 2 of the program is no tensor but 7"));

  TestModel nothing = ReluModel();
  nothing.signature()["output_specs"] = Json::array();
  EXPECT_TRUE(Import(nothing).Says("returns nothing"));

  TestModel nobody = ReluModel();
  EXPECT_TRUE(Import(nobody.Output("nobody")).Says("'nobody', which nothing computes"));

  TestModel loss = ReluModel();
  loss.signature()["output_specs"].push_back({{"loss_output", {{"arg", {{"name", "relu"}}}}}});
  EXPECT_TRUE(Import(loss).Says("for training"));

  TestModel token = ReluModel();
  token.signature()["output_specs"].push_back({{"token", {{"arg", {{"name", "relu"}}}}}});
  EXPECT_TRUE(Import(token).Says("unsupported kind, 'token'"));
}

TEST(Signature, ATensorReturnedTwiceGetsTwoNames) {
  TestModel model = ReluModel();
  const ImportResult result = Import(model.Output("relu").Output("x"));
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result.graph().output_names, (std::vector<std::string>{"relu", "relu_1", "x"}));
  EXPECT_EQ(result.graph().outputs[0], result.graph().outputs[1]);
}

TEST(Signature, Mutations) {
  const auto with = [](const std::string& kind, const std::string& key, const std::string& target) {
    TestModel model = ReluModel();
    model.signature()["output_specs"].push_back(
        {{kind, {{"arg", {{"name", "relu"}}}, {key, target}}}});
    return Import(model);
  };
  const ImportResult state = with("buffer_mutation", "buffer_name", "h");
  EXPECT_TRUE(state.Says("node 'relu' (fc, net.py:7): the program writes into 'h'"))
      << state.text();
  EXPECT_TRUE(with("parameter_mutation", "parameter_name", "p").Says("writes into 'p'"));
  EXPECT_TRUE(with("user_input_mutation", "user_input_name", "x").Says("its input 'x'"));
  EXPECT_TRUE(with("buffer_mutation", "buffer_name", "bn.running_mean").Says("model.eval()"));
  EXPECT_TRUE(with("buffer_mutation", "buffer_name", "bn.num_batches_tracked").ok());
}

TEST(Signature, TrainingModeIsOneMessagePerOp) {
  TestModel model;
  model.Input("x", {2}).SmallWeight("b_n", "bn.num_batches_tracked");
  model.Node("torch.ops.aten.add_.Tensor", {{"self", TensorJson("b_n")}}, "count");
  model.Node("torch.ops.aten.batch_norm.default",
             {{"input", TensorJson("x")}, {"training", {{"as_bool", true}}}}, "bn");
  model.Node("torch.ops.aten.dropout.default",
             {{"input", TensorJson("bn")}, {"train", {{"as_bool", true}}}}, "drop");
  const ImportResult result = Import(model.Output("drop"));
  EXPECT_EQ(result.diagnostics.all().size(), 2U) << result.text();
  EXPECT_TRUE(result.Says("model.eval()"));
}

TEST(Signature, BatchNormWithoutStatisticsSaysSo) {
  TestModel model;
  model.Input("x", {2});
  model.Node("torch.ops.aten.batch_norm.default",
             {{"input", TensorJson("x")},
              {"running_mean", {{"as_none", true}}},
              {"training", {{"as_bool", true}}}},
             "bn");
  const ImportResult result = Import(model.Output("bn"));
  EXPECT_EQ(result.diagnostics.all().size(), 1U) << result.text();
  EXPECT_TRUE(result.Says("track_running_stats=True"));
}

// ---- Symbolic sizes ----------------------------------------------------------------------------

TestModel DynamicModel() {
  const Json s = SymbolJson("s77", 2);
  TestModel model;
  model.Input("x", {s, 4});
  model.graph()["sym_int_values"]["size"] = s;
  model.NodeWith("torch.ops.aten.sym_size.int", {{"self", TensorJson("x")}},
                 {{{"as_sym_int", {{"as_name", "size"}}}}});
  model.Node("torch.ops.aten.view.default",
             {{"self", TensorJson("x")},
              {"size", {{"as_sym_ints", {{{"as_name", "size"}}, {{"as_int", 4}}}}}}},
             "view", {s, 4});
  model.Node("torch.ops.aten.cat.default", {{"tensors", {{"as_tensors", {{{"name", "view"}}}}}}},
             "cat", {{{"as_expr", {{"expr_str", "2*s77"}}}}, 4});
  model.document["range_constraints"]["s77"] = {{"min_val", 2}, {"max_val", 64}};
  return model.Output("cat");
}

ImportOptions Batch(int64_t batch) {
  ImportOptions options;
  options.batch = batch;
  return options;
}

TEST(Symbols, ABatchMakesThemNumbers) {
  const ImportResult result = Import(DynamicModel(), Batch(3));
  ASSERT_TRUE(result.ok()) << result.text();
  EXPECT_EQ(result.graph().inputs[0]->type.ToString(), "f32[3,4]");
  ASSERT_EQ(result.graph().nodes().size(), 2U);
  EXPECT_EQ(result.node(0).IntList("size", {}), (Ints64{3, 4}));
  EXPECT_EQ(result.node(1).output()->type.ToString(), "f32[6,4]");
  EXPECT_TRUE(Import(DynamicModel(), Batch(1)).ok());
  EXPECT_TRUE(Import(DynamicModel(), Batch(64)).ok());
}

TEST(Symbols, WithoutABatchOneMessage) {
  const ImportResult result = Import(DynamicModel());
  EXPECT_EQ(result.diagnostics.all().size(), 1U) << result.text();
  EXPECT_TRUE(
      result.Says("dimension 0 of input 'x' has no fixed size (s77); export with a fixed "
                  "batch size or pass --batch N"));
}

TEST(Symbols, BatchesThatDoNotFit) {
  EXPECT_TRUE(Import(DynamicModel(), Batch(65)).Says("(1 to 64)"));
  EXPECT_TRUE(Import(DynamicModel(), Batch(0)).Says("makes no program"));
  EXPECT_TRUE(Import(ReluModel(), Batch(3)).Says("fixed first dimension of 2"));
  EXPECT_TRUE(Import(ReluModel(), Batch(2)).ok());
}

TEST(Symbols, OnlyTheBatchMayVary) {
  TestModel model;
  model.Input("x", {1, SymbolJson("s5", 8)})
      .Node(kRelu, {{"self", TensorJson("x")}}, "r", {1, SymbolJson("s5", 8)});
  const ImportResult result = Import(model.Output("r"), Batch(1));
  EXPECT_EQ(result.diagnostics.all().size(), 1U) << result.text();
  EXPECT_TRUE(result.Says("dimension 1 of input 'x' has no fixed size (s5)"));
}

TEST(Symbols, SizesThatDependOnDataOrAreNotUnderstood) {
  TestModel data = ReluModel();
  data.Node("torch.ops.aten.nonzero.default", {{"self", TensorJson("x")}}, "nz",
            {SymbolJson("u0", 3)});
  EXPECT_TRUE(Import(data).Says("a size depends on the data ('u0')"));

  TestModel odd = ReluModel();
  odd.Node(kRelu, {{"self", TensorJson("x")}}, "o", {{{"as_expr", {{"expr_str", "sqrt(4)"}}}}});
  EXPECT_TRUE(Import(odd).Says("'sqrt' is not supported"));

  TestModel none = ReluModel();
  none.Value("relu")["sizes"][0] = {{"as_word", "two"}};
  EXPECT_TRUE(Import(none).Says("a size is no number"));
}

}  // namespace
}  // namespace cortico
