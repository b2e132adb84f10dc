"""The peer's side of the races of training: steps of a game in PyTorch, timed, as a line of JSON."""

import json
import math
import os
import subprocess
import sys
import time

# Name, environment, and what differs in the program.
AVX512 = {"ATEN_CPU_CAPABILITY": "avx512"}
SETTINGS = [
    ("default", {}, {}),
    ("AVX-512", AVX512, {}),
    ("AVX-512, fused Adam", AVX512, {"fused": True}),
    ("AVX-512, fused Adam, one batch", AVX512, {"fused": True, "mixed": True}),
    ("AVX-512, fused Adam, without oneDNN", AVX512, {"fused": True, "onednn": False}),
]


def mlp(sizes, end=None):
    from torch import nn

    layers = []
    for n, m in zip(sizes, sizes[1:]):
        layers += [nn.Linear(n, m), nn.LeakyReLU(0.2)]
    return nn.Sequential(*layers[:-1], *([end] if end else []))


def networks(net):
    """Generator, discriminator, columns of the noise, rows of a batch."""
    from torch import nn

    if net == "slides":
        return mlp([100, 128, 784], nn.Tanh()), mlp([784, 128, 1]), 100, 100
    if net == "ring":
        return mlp([2, 128, 128, 2]), mlp([2, 128, 128, 1]), 2, 256
    if net == "critic":
        return mlp([2, 512, 512, 512, 2]), mlp([2, 512, 512, 512, 1]), 2, 256
    generator = nn.Sequential(
        nn.Linear(100, 7 * 7 * 128), nn.Unflatten(1, (128, 7, 7)), nn.BatchNorm2d(128), nn.ReLU(),
        nn.ConvTranspose2d(128, 64, 4, 2, 1), nn.BatchNorm2d(64), nn.ReLU(), nn.ConvTranspose2d(64, 1, 4, 2, 1), nn.Tanh(),
    )
    discriminator = nn.Sequential(
        nn.Conv2d(1, 64, 4, 2, 1), nn.LeakyReLU(0.2), nn.Conv2d(64, 128, 4, 2, 1), nn.BatchNorm2d(128), nn.LeakyReLU(0.2),
        nn.Flatten(), nn.Linear(7 * 7 * 128, 1),
    )
    return generator, discriminator, 100, 64


def source(net):
    import torch

    if net in ("slides", "dcgan"):
        images = 2 * torch.rand(2000, 784) - 1
        if net == "dcgan":
            images = images.reshape(-1, 1, 28, 28)
        return lambda n: images[torch.randint(len(images), (n,))]

    def ring(n):
        angle = torch.randint(8, (n,)) * (2 * math.pi / 8)
        return torch.stack([angle.cos(), angle.sin()], 1) + 0.02 * torch.randn(n, 2)

    return ring


def game(net, fused=False, mixed=False):
    """A step of the game."""
    import torch
    from torch.nn.functional import softplus

    torch.manual_seed(0)
    generator, discriminator, latent, batch = networks(net)
    real = source(net)
    critic = net == "critic"
    rate, betas = (1e-4, (0.5, 0.9)) if critic else (2e-4, (0.5, 0.999))
    adam = {"fused": True} if fused else {}
    of_generator = torch.optim.Adam(generator.parameters(), lr=rate, betas=betas, **adam)
    of_discriminator = torch.optim.Adam(discriminator.parameters(), lr=rate, betas=betas, **adam)
    # batch normalisation does not mix the two kinds, and the generator's step needs no gradients of the discriminator's weights
    mixed = mixed and net != "dcgan"

    def judge(x, y):
        return discriminator(torch.cat([x, y])).split(len(x)) if mixed else (discriminator(x), discriminator(y))

    def slopes(x, y):
        u = torch.rand(len(x), 1)
        between = (x + u * (y - x)).requires_grad_(True)
        slope, = torch.autograd.grad(discriminator(between).sum(), between, create_graph=True)
        return 0.1 * ((slope.norm(dim=1) - 1) ** 2).mean()

    def step():
        for _ in range(5 if critic else 1):
            x = real(batch)
            with torch.no_grad():
                y = generator(torch.randn(batch, latent))
            r, f = judge(x, y)
            loss = f.mean() - r.mean() + slopes(x, y) if critic else softplus(-r).mean() + softplus(f).mean()
            of_discriminator.zero_grad(set_to_none=True)
            loss.backward()
            of_discriminator.step()
        discriminator.requires_grad_(False)
        f = discriminator(generator(torch.randn(batch, latent)))
        loss = -f.mean() if critic else softplus(-f).mean()
        of_generator.zero_grad(set_to_none=True)
        loss.backward()
        of_generator.step()
        discriminator.requires_grad_(True)

    return step


def timed(o, setting):
    """Seconds of the steps at one setting, in this process."""
    import torch

    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", 1)))
    setting = dict(setting)
    torch.backends.mkldnn.set_flags(setting.pop("onednn", True))
    step = game(o["net"], **setting)
    steps = int(o["steps"])
    for _ in range(-(-steps // 10)):
        step()
    best = math.inf
    for _ in range(int(o["repeat"])):
        start = time.perf_counter()
        for _ in range(steps):
            step()
        best = min(best, time.perf_counter() - start)
    return best


def fastest(o):
    found = []
    for i, (name, env, _) in enumerate(SETTINGS):
        words = [sys.executable, __file__, "setting", str(i), json.dumps(o)]
        done = subprocess.run(words, env=os.environ | env, stdout=subprocess.PIPE, check=True, text=True)
        found.append((float(done.stdout.split()[-1]), name))
    seconds, name = min(found)
    steps = int(o["steps"])
    return {
        "seconds": seconds, "setting": name, "steps_a_second": steps / seconds, "default_steps_a_second": steps / found[0][0],
        "all": {name: steps / seconds for seconds, name in found},
    }


if __name__ == "__main__":
    if sys.argv[1] == "setting":
        print(timed(json.loads(sys.argv[3]), SETTINGS[int(sys.argv[2])][2]))
    else:
        o = {key.removeprefix("--"): value for key, value in zip(sys.argv[1::2], sys.argv[2::2])}
        print(json.dumps(fastest(o)))
