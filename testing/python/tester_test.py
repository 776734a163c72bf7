"""CortexMTester and its pytest plugin: what is right passes on three boards, what is wrong fails and
says where.

Usage: pytest -p cortico.pytest_plugin tester_test.py   (PYTHONPATH names the package)
"""

import math

import pytest
import torch
from torch import nn

from cortico import CompileError
from cortico.boards import board, boards
from cortico.passes import CortexM, CortexMPassManager, CortexMTargetConfig
from cortico.test import BoardMissing, CortexMTester, Mismatch, Tolerance, difference, run, sqnr

pytest_plugins = ["pytester"]


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(2, 4, 3, padding=1)
        self.drop = nn.Dropout(0.5)
        self.head = nn.Linear(4 * 5 * 5, 3)

    def forward(self, x):
        y = torch.relu(self.conv(x))
        return self.head(self.drop((y + y).flatten(1)))


def make(**options):
    torch.manual_seed(3)
    return CortexMTester(Net(), (torch.randn(1, 2, 5, 5),), **options)


@pytest.fixture(scope="module")
def done():
    """A tester after all stages; not to be changed."""
    return make().quantize().export().to_edge().run_passes().to_executorch().serialize()


# ---- stages

def test_every_stage_keeps_what_it_made(done, tmp_path):
    assert isinstance(done.get_artifact("quantize"), torch.fx.GraphModule)
    assert isinstance(done.get_artifact("export"), torch.export.ExportedProgram)
    before = {str(n.target) for n in done.get_artifact("to_edge").exported_program().graph.nodes}
    after = {str(n.target) for n in done.get_artifact("run_passes").exported_program().graph.nodes}
    assert "aten.conv2d.default" in before and "aten.conv2d.default" not in after
    assert done.get_artifact() == done.get_artifact("serialize") == done.get_artifact("to_executorch").buffer
    assert done.get_artifact()[4:8] == b"ET12"
    again = make().quantize().export().to_edge().run_passes().to_executorch().serialize(tmp_path / "net.pte")
    assert (tmp_path / "net.pte").read_bytes() == done.get_artifact() == again.get_artifact()


def test_stages_come_in_order():
    tester = make()
    with pytest.raises(RuntimeError, match="call .export"):
        tester.to_edge()
    with pytest.raises(ValueError, match="no stage 'to_edg'"):
        tester.get_artifact("to_edg")
    with pytest.raises(RuntimeError, match="no graph yet"):
        tester.check_count({})
    with pytest.raises(RuntimeError, match="run a stage first"):
        tester.run_method_and_compare_outputs()
    tester.quantize().export().to_edge()
    tester.quantize()  # what was made of the earlier one is gone
    with pytest.raises(RuntimeError, match="stage export has not been run"):
        tester.get_artifact("export")


def test_tests_run_the_stages_that_are_missing():
    assert make().test_dialect(qtol=1).stage == "run_passes"
    tester = CortexMTester(nn.Flatten(), (torch.randn(1, 2, 3),)).export()
    tester.test_implementation(on="host")
    with pytest.raises(RuntimeError):  # a program exported in float stays so
        tester.get_artifact("quantize")


def test_the_model_of_the_caller_is_left_alone():
    model = Net().train()
    CortexMTester(model, (torch.randn(1, 2, 5, 5),)).export()
    assert model.training
    with pytest.raises(TypeError, match=r"write \(x,\)"):
        CortexMTester(model, torch.randn(1, 2, 5, 5))


def test_calibration_samples_are_what_the_quantizer_sees():
    small = [(torch.full((1, 2, 5, 5), 0.01),)]
    tester = make(calibration_samples=small).quantize()
    with pytest.raises(Mismatch, match="quantize against original"):  # the example is out of range now
        tester.run_method_and_compare_outputs(atol=0.05, rtol=0)
    tester.run_method_and_compare_outputs(atol=0.05, rtol=0, inputs=small)
    with pytest.raises(ValueError, match="no calibration samples"):
        make(calibration_samples=[]).quantize()


# ---- counts

@pytest.mark.parametrize("name", [
    "executorch_exir_dialects_edge__ops_cortex_m_quantized_conv2d_default",
    "cortex_m.quantized_conv2d.default",
    "cortex_m.quantized_conv2d",
    "cortex_m::quantized_conv2d",
    "torch.ops.cortex_m.quantized_conv2d.default",
    "op",
    "packet",
])  # fmt: skip
def test_every_spelling_is_counted(done, name):
    packet = torch.ops.cortex_m.quantized_conv2d
    op = {"op": packet.default, "packet": packet}.get(name, name)
    done.check_count({op: 1}).check([op])
    for wrong in (0, 2):
        with pytest.raises(Mismatch, match=f"1, not {wrong}.*It has .*cortico.quantized_linear"):
            done.check_count({op: wrong})
    with pytest.raises(Mismatch):
        done.check_not([op])


def test_counts_before_and_after():
    tester = make().quantize().export().to_edge().run_passes()
    tester.test_dialect({"aten.conv2d": 1, "aten.relu.default": 1}, {"aten.conv2d": 0, "aten.relu": 0}, qtol=1)
    with pytest.raises(Mismatch, match="after to_edge.*aten.conv2d: 1, not 2"):
        tester.test_dialect({"aten.conv2d": 2})
    with pytest.raises(Mismatch, match="after run_passes.*aten.relu: 0, not 1"):
        tester.test_dialect({}, {"aten.relu": 1})
    with pytest.raises(Mismatch, match="aten.relu not in the graph after run_passes"):
        tester.check(["aten.relu", "cortex_m.quantized_conv2d"])


def test_a_misspelt_op_is_no_count_of_none(done):
    with pytest.raises(ValueError, match="no op is registered.*did you mean .*cortex_m_quantized_conv2d"):
        done.check_not(["cortex_m.quantised_conv2d.default"])
    with pytest.raises(ValueError, match="cortex_m.quantized_conv2d.other"):
        done.check_count({"cortex_m.quantized_conv2d.other": 0})


# ---- values

def wrong_weights(module):
    """A pass that spoils a constant."""
    for node in module.graph.nodes:
        if node.target is torch.ops.cortex_m.dequantize_per_tensor.default:
            node.args = (node.args[0], node.args[1] * 1.5, *node.args[2:])


def test_a_wrong_pass_fails_with_place_and_size():
    tester = make().quantize().export().to_edge()
    tester.run_passes([*CortexMPassManager.pass_list, wrong_weights])
    with pytest.raises(Mismatch, match=r"output '\w+' differs in \d of 3 elements: first \[0, \d\].*steps of .*SQNR \d+\.\d dB"):
        tester.test_dialect(qtol=1)


def spoil(tester):
    """The reference computes with other weights than the file has."""
    program = tester.get_artifact("run_passes").exported_program()
    weights = [t for t in program.state_dict.values() if t.dtype == torch.int8 and t.dim() == 4]
    assert len(weights) == 1
    weights[0].data.add_(1)


def test_other_bits_fail_and_name_the_first_op():
    tester = make().quantize().export().to_edge().run_passes().to_executorch()
    tester.test_implementation(on="host")
    spoil(tester)
    with pytest.raises(Mismatch, match=r"on host against run_passes.*first op with another result is 'relu' \(cortex_m::quantized_conv2d"):
        tester.test_implementation(on="host")
    tester.run_method_and_compare_outputs(qtol=1)  # the file itself is as it was


def test_inputs_of_ones_own():
    tester = make().quantize().export().to_edge().run_passes().to_executorch()
    samples = [(torch.randn(1, 2, 5, 5),) for _ in range(3)]
    tester.test_implementation(on="host", inputs=samples)
    tester.run_method_and_compare_outputs(qtol=1, inputs=samples[0])
    with pytest.raises(CompileError, match="its input is i32"):
        tester.test_implementation(on="host", inputs=(torch.zeros(1, 2, 5, 5, dtype=torch.int32),))


def test_differences():
    one = torch.tensor([1.0, 2.0, math.nan])
    assert difference(one, one.clone(), Tolerance()) == ""
    assert "float32[2], not float32[3]" in difference(one, one[:2], Tolerance())
    assert "int8[3], not float32[3]" in difference(one, one.to(torch.int8), Tolerance())
    assert "first [2]" in difference(one, torch.tensor([1.0, 2.0, 3.0]), Tolerance(atol=9))
    assert "first [0]" in difference(one, torch.tensor([math.inf, 2.0, math.nan]), Tolerance(atol=9))
    steps = Tolerance(qtol=2, step=0.25)
    assert difference(one[:1], torch.tensor([1.5]), steps) == ""
    assert "0.51 = 2.04 steps" in difference(one[:1], torch.tensor([1.51]), steps)
    assert difference(torch.tensor([3], dtype=torch.int8), torch.tensor([5], dtype=torch.int8), Tolerance(2)) == ""
    assert difference(torch.tensor([3], dtype=torch.int8), torch.tensor([6], dtype=torch.int8), Tolerance(2))
    assert sqnr(torch.tensor([3.0, 4.0]), torch.tensor([3.0, 3.5])) == pytest.approx(20.0)
    assert sqnr(one[:2], one[:2]) == math.inf and math.isnan(sqnr(torch.zeros(1), torch.ones(1)))


def test_steps_of_a_float_result_are_refused():
    tester = CortexMTester(nn.Flatten(), (torch.randn(1, 2, 3),)).export().test_dialect()
    with pytest.raises(ValueError, match="no steps"):
        tester.test_dialect(qtol=1)


# ---- boards

@pytest.mark.cortex_m("m0", "m4", "m55")
def test_three_boards_give_the_references_bits(cortex_m):
    tester = cortex_m(Net(), (torch.randn(1, 2, 5, 5),))
    tester.test_dialect(qtol=1).test_implementation()
    result = run(tester.get_artifact("to_executorch").buffer, [tester.example_inputs], cortex_m.board.on)
    assert result.cpu == cortex_m.board.cpu and result.instructions > 1000 and len(result.ops) > 3
    spoil(tester)
    with pytest.raises(Mismatch, match=f"on qemu:{cortex_m.board.name} .*first op with another result"):
        tester.test_implementation()


def test_a_board_goes_by_its_core_and_its_machine():
    assert board("m55") == board("cortex-m55") and board("m55").isa == "MVE"
    assert board("mps2-an386").cpu == "cortex-m4" and board("m4") in boards()
    with pytest.raises(ValueError, match="no board 'm56'; there are .*m55"):
        board("m56")
    with pytest.raises(ValueError, match="no place to run"):
        run(b"", [], "moon")


def test_a_program_of_another_family_is_refused():
    tester = make(target_config=CortexMTargetConfig(CortexM.M4))
    with pytest.raises(CompileError, match="compiled for cortex-m4"):
        tester.test_implementation(on="qemu:m55")


def test_what_is_missing_is_said(done, monkeypatch, tmp_path):
    monkeypatch.setenv("CORTICO_RUNNERS", str(tmp_path))
    with pytest.raises(BoardMissing, match="no runner firmware.*cmake --preset m55"):
        done.test_implementation()


# ---- the plugin

PROJECT = """
import pytest
def test_every(cortex_m): pass
@pytest.mark.cortex_m("m4", "m55")
def test_two(cortex_m): pass
"""


def outcomes(pytester, *options):
    pytester.makepyfile(PROJECT)
    result = pytester.runpytest_inprocess("-p", "cortico.pytest_plugin", "-rs", *options)
    return result, result.parseoutcomes()


def test_tests_repeat_on_the_boards_that_are_there(pytester):
    _, counts = outcomes(pytester)
    there = [b.name for b in boards() if not b.lacks]
    chosen = [name for name in ("m4", "m55") if name in there]
    assert counts.get("passed") == len(there) + len(chosen) and counts.get("skipped", 0) == 2 - len(chosen)


def test_boards_can_be_chosen(pytester):
    _, counts = outcomes(pytester, "--cortex-m-boards", "m4")
    assert counts == {"skipped" if board("m4").lacks else "passed": 2}
    result = pytester.runpytest_inprocess("-p", "cortico.pytest_plugin", "--cortex-m-boards", "m56")
    result.stderr.fnmatch_lines(["*there is no board 'm56'*"])


def test_without_a_runner_tests_are_skipped_or_fail(pytester, monkeypatch, tmp_path):
    monkeypatch.setenv("CORTICO_RUNNERS", str(tmp_path))
    result, counts = outcomes(pytester)
    assert counts == {"skipped": 3 + 2}  # one of each family
    result.stdout.fnmatch_lines(["*m55: there is no runner firmware*cmake --preset m55*"])
    _, counts = outcomes(pytester, "--cortex-m-strict")
    assert counts == {"errors": 3 + 2}
