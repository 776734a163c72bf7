#include "python/native/run.h"

#include <pybind11/stl.h>

#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "compiler/run/listing.h"
#include "compiler/run/run.h"
#include "python/native/values.h"

namespace cortico::python {
namespace {

Venue ToVenue(const std::string& on) {
  const auto venue = Venue::Parse(on);
  if (!venue)
    throw py::value_error("'" + on + "' is no place to run; take host, qemu, qemu:BOARD or fvp");
  return *venue;
}

std::vector<uint8_t> ToVector(const py::bytes& bytes) {
  const std::string_view view(bytes);
  return {view.begin(), view.end()};
}

std::vector<Sample> ToSamples(const py::list& list) {
  std::vector<Sample> samples;
  for (const py::handle item : list) {
    Sample sample;
    for (const py::handle tensor : item) {
      const auto [data, address] = tensor.cast<std::pair<py::tuple, uintptr_t>>();
      TensorType type = ToType(data);
      type.dim_order.clear();
      Bytes bytes(static_cast<size_t>(type.nbytes()));
      if (!bytes.empty())
        std::memcpy(bytes.data(), reinterpret_cast<const void*>(address), bytes.size());
      sample.push_back({std::move(type), std::move(bytes)});
    }
    samples.push_back(std::move(sample));
  }
  return samples;
}

py::tuple FromTensor(HostTensor tensor) {
  return py::make_tuple(FromType(tensor.type),
                        ConstantBytes{std::make_shared<const Bytes>(std::move(tensor.data))});
}

py::list FromSample(Sample sample) {
  py::list list;
  for (HostTensor& tensor : sample) list.append(FromTensor(std::move(tensor)));
  return list;
}

/// Results of the last sample's ops.
py::list FromOps(const std::vector<uint8_t>& pte, RunResult result) {
  Diagnostics diagnostics;
  const auto program = ListProgram(pte, diagnostics);
  ThrowIfError(diagnostics);
  py::list list;
  if (result.op_outputs.empty()) return list;
  std::vector<HostTensor>& tensors = result.op_outputs.back();
  for (size_t i = 0; i < program->calls.size() && i < tensors.size(); ++i) {
    const ProgramListing::Call& call = program->calls[i];
    const bool kept = call.output && call.output->bank >= 0;
    list.append(py::make_tuple(call.op, call.location.node,
                               kept ? py::object(FromTensor(std::move(tensors[i]))) : py::none()));
  }
  return list;
}

std::string Sentence(const Equipment& equipment) {
  return equipment.lacks.empty() ? "" : equipment.lacks + "; " + equipment.remedy;
}

}  // namespace

py::dict Run(const py::bytes& pte, const std::string& name, const py::list& samples,
             const std::string& on, bool keep_op_outputs) {
  const std::vector<uint8_t> program = ToVector(pte);
  const std::vector<Sample> inputs = ToSamples(samples);
  RunOptions options;
  options.venue = ToVenue(on);
  options.profile = options.venue.kind != Venue::Kind::kHost;
  options.keep_op_outputs = keep_op_outputs;
  Diagnostics diagnostics(name);
  std::optional<RunResult> result;
  {
    const py::gil_scoped_release release;
    result = RunProgram(program, name, inputs, options, diagnostics);
    ThrowIfError(diagnostics);
  }
  py::list outputs, ops, warnings;
  for (Sample& sample : result->outputs) outputs.append(FromSample(std::move(sample)));
  for (const OpProfile& op : result->ops) ops.append(py::make_tuple(op.name, op.instructions));
  for (const Diagnostic& diagnostic : diagnostics.all()) warnings.append(diagnostic.ToString());
  py::dict data;
  data["outputs"] = outputs;
  data["board"] = result->board;
  data["cpu"] = result->cpu;
  data["instructions"] = result->instructions;
  data["ops"] = ops;
  data["warnings"] = warnings;
  if (keep_op_outputs) data["op_outputs"] = FromOps(program, std::move(*result));
  return data;
}

py::list Boards() {
  py::list list;
  for (const SimulatedBoard& board : AllBoards()) {
    const Equipment equipment = FindEquipment(board, Venue::Kind::kQemu);
    list.append(py::make_tuple(board.preset, board.cpu, ToString(board.isa), board.machine,
                               Sentence(equipment)));
  }
  return list;
}

std::string WhatLacks(const py::bytes& pte, const std::string& on) {
  const Venue venue = ToVenue(on);
  Diagnostics diagnostics("program");
  const auto board = BoardFor(ToVector(pte), venue, diagnostics);
  ThrowIfError(diagnostics);
  return board ? Sentence(FindEquipment(*board, venue.kind)) : "";
}

}  // namespace cortico::python
