// Program files run on the host and on simulated boards, for Python.
#pragma once

#include <pybind11/pybind11.h>

#include <string>

namespace cortico::python {

namespace py = pybind11;

/// Runs every sample at `on` ("host", "qemu", "qemu:BOARD", "fvp"). A sample is a list of tensors
/// as (type, address of their elements in logical order). Gives
/// {"outputs": [[(type, ConstantBytes)]], "board", "cpu", "instructions": of one run,
///  "ops": [(name, instructions)], "warnings": [text]}; with `keep_op_outputs` also
/// "op_outputs": [(op, node, tensor or None)] of the last sample. Throws CompileError or ValueError.
py::dict Run(const py::bytes& pte, const std::string& name, const py::list& samples,
             const std::string& on, bool keep_op_outputs);

/// [(name, cpu, family, QEMU machine, what is missing to run it here or "")]: the cores, then boards
/// that go by their own name only.
py::list Boards();

/// What this machine lacks to run a program at `on`, and the command that mends it; "" when nothing
/// is missing. Throws CompileError or ValueError.
std::string WhatLacks(const py::bytes& pte, const std::string& on);

}  // namespace cortico::python
