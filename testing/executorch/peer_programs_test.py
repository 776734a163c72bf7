"""Programs that ExecuTorch's own Cortex-M pipeline wrote.

1. Our runtime, on the host and on simulated boards, gives the bytes of the genuine ExecuTorch runtime.
2. From the same quantized program our compiler (--dialect executorch) gives a program with the same
   bytes as theirs; a network where theirs is wrong is listed below with the reason.
Usage: peer_programs_test.py CORTICO LIBRARY WORK [NETWORK ...]; networks are those of peer.py and,
with CORTICO_FULL=1, of examples/zoo.
"""

import os
import sys

import numpy as np

from support import Cortico, GenuineRuntime, torch, zoo
import peer

BOARDS = {"cortex-m55": "m55", "cortex-m4": "m4", "cortex-m0": "m0"}


def sqnr(expected, found):
    noise = ((expected - found) ** 2).sum()
    return float("inf") if noise == 0 else 10 * np.log10((expected**2).sum() / noise)


class Network:
    def __init__(self, cortico, genuine, name):
        self.cortico, self.genuine, self.name = cortico, genuine, name
        source = peer if name in peer.NETWORKS else zoo()
        self.model, self.x = source.make(name, 8)
        self.quantized = {}

    def program(self, explicit):
        if explicit not in self.quantized:
            program = peer.quantize(self.model, self.x, explicit)
            with torch.no_grad():
                module = program.module()
                reference = torch.cat([module(peer.in_layout(s[None], explicit)) for s in self.x])
            self.quantized[explicit] = program, reference.numpy()
        return self.quantized[explicit]

    def check(self, target, explicit):
        """Whether this pipeline and ours agree; the reason why not is printed."""
        program, reference = self.program(explicit)
        stem = f"{self.name}.{target}{'.nhwc' if explicit else ''}"
        samples = self.x.numpy()
        theirs = self.cortico.work / f"{stem}.peer.pte"
        theirs.write_bytes(peer.lower(program, target, explicit))
        genuine = self.genuine.outputs(theirs, samples)
        runs = {"the host": self.cortico.outputs(theirs, samples)}
        board = BOARDS[target]
        runs[board] = self.cortico.outputs(theirs, samples[:2], f"qemu:{board}")
        failures = 0
        for where, found in runs.items():
            if found.tobytes() != genuine[: len(found)].tobytes():
                print(f"FAILED {stem}: {where} differs from ExecuTorch's runtime")
                failures += 1

        torch.export.save(program, self.cortico.work / f"{stem}.pt2")
        pte = self.cortico.work / f"{stem}.pte"
        self.cortico("compile", self.cortico.work / f"{stem}.pt2", "--target", target,
                     "--dialect", "executorch", "-o", pte, "-q")
        ours = self.cortico.outputs(pte, samples)
        same = ours.tobytes() == genuine.tobytes()
        print(f"{stem:30} {'same logits' if same else 'OTHER LOGITS'}: theirs {sqnr(reference, genuine):.1f} dB,"
              f" ours {sqnr(reference, ours):.1f} dB of the fake-quantized model", flush=True)
        return failures + (not same)


def main():
    cortico = Cortico(sys.argv[1], sys.argv[3])
    genuine = GenuineRuntime(sys.argv[2])
    names = sys.argv[4:] or list(peer.NETWORKS)
    if not sys.argv[4:] and os.environ.get("CORTICO_FULL") == "1":
        names += zoo().NETWORKS
    explicit = "cortex_m::quantized_conv2d_nhwc.out" in genuine.registered
    if not explicit:
        print("the _nhwc ops have no kernel here: the explicit-layout pipeline is left out")
    failures = 0
    for name in names:
        network = Network(cortico, genuine, name)
        for target in BOARDS:
            failures += network.check(target, False)
        if explicit:
            failures += network.check("cortex-m55", True)
    print(f"{len(names)} networks, {failures} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
