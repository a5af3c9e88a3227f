"""The five benches of `npm run bench` in plain PyTorch, for comparison: same models, same sizes, same JSON.

    apt-get install python3-torch libopenblas0-openmp
    /usr/bin/python3 bench/torch_bench.py [NAME...] [--seconds 8] [--json]

Each bench runs in a process of its own, so that its peak memory is its own. Where PyTorch has several ways to do
something, the fastest measured one is used: in-place cache writes, the fused multi-tensor AdamW.
"""

import argparse
import json
import math
import os
import resource
import subprocess
import sys
import time


def build(name, torch):
    nn, F = torch.nn, torch.nn.functional

    def attention(q, k, v, bias=None):
        scores = torch.matmul(q * (1 / math.sqrt(q.shape[-1])), k.transpose(-1, -2))
        if bias is not None:
            scores = scores + bias
        return torch.matmul(scores.softmax(-1), v)

    def split_heads(x, heads):
        b, t, c = x.shape
        return x.view(b, t, heads, c // heads).transpose(1, 2)

    def merge_heads(x):
        b, h, t, d = x.shape
        return x.transpose(1, 2).reshape(b, t, h * d)

    # ---------------------------------------------------------------- LLaMA

    class RMSNorm(nn.Module):
        def __init__(self, width):
            super().__init__()
            self.weight = nn.Parameter(torch.ones(width))

        def forward(self, x):
            return self.weight * (x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6))

    def rope_tables(positions, dim):
        frequencies = 1 / 10000 ** (torch.arange(0, dim, 2).float() / dim)
        angles = positions.float()[:, None] * frequencies
        angles = torch.cat([angles, angles], -1)
        return angles.cos(), angles.sin()

    def rotate(x, cos, sin):
        half = x.shape[-1] // 2
        return x * cos + torch.cat([-x[..., half:], x[..., :half]], -1) * sin

    class Layer(nn.Module):
        def __init__(self, width, inner, heads):
            super().__init__()
            self.heads = heads
            linear = lambda a, b: nn.Linear(a, b, bias=False)
            self.norm1, self.norm2 = RMSNorm(width), RMSNorm(width)
            self.q, self.k, self.v, self.o = (linear(width, width) for _ in range(4))
            self.gate, self.up, self.down = linear(width, inner), linear(width, inner), linear(inner, width)

        def forward(self, x, rope, bias, cache=None, at=0):
            h = self.norm1(x)
            q, k, v = (split_heads(f(h), self.heads) for f in (self.q, self.k, self.v))
            q, k = rotate(q, *rope), rotate(k, *rope)
            if cache is not None:
                end = at + x.shape[1]
                cache[0][:, :, at:end], cache[1][:, :, at:end] = k, v
                k, v = cache[0][:, :, :end], cache[1][:, :, :end]
            x = x + self.o(merge_heads(attention(q, k, v, bias)))
            h = self.norm2(x)
            return x + self.down(F.silu(self.gate(h)) * self.up(h))

    class Llama(nn.Module):
        def __init__(self, layers, width, inner, heads=8):
            super().__init__()
            self.layers = nn.ModuleList(Layer(width, inner, heads) for _ in range(layers))
            self.norm = RMSNorm(width)

        def forward(self, x, rope, bias, caches=None, at=0):
            for i, layer in enumerate(self.layers):
                x = layer(x, rope, bias, caches[i] if caches else None, at)
            return self.norm(x)

    def causal(t):
        return torch.full((t, t), -1e30).triu(1)

    # ---------------------------------------------------------------- U-Net

    class Resnet(nn.Module):
        def __init__(self, i, o, time):
            super().__init__()
            self.norm1, self.norm2 = nn.GroupNorm(32, i), nn.GroupNorm(32, o)
            self.conv1, self.conv2 = nn.Conv2d(i, o, 3, padding=1), nn.Conv2d(o, o, 3, padding=1)
            self.time = nn.Linear(time, o)
            self.shortcut = nn.Conv2d(i, o, 1) if i != o else nn.Identity()

        def forward(self, x, time):
            h = self.conv1(F.silu(self.norm1(x))) + self.time(time)[:, :, None, None]
            return self.shortcut(x) + self.conv2(F.silu(self.norm2(h)))

    class Attention(nn.Module):
        def __init__(self, c, context, heads):
            super().__init__()
            self.heads = heads
            self.q = nn.Linear(c, c, bias=False)
            self.k, self.v = nn.Linear(context, c, bias=False), nn.Linear(context, c, bias=False)
            self.o = nn.Linear(c, c)

        def forward(self, x, context):
            q, k, v = (split_heads(t, self.heads) for t in (self.q(x), self.k(context), self.v(context)))
            return self.o(merge_heads(attention(q, k, v)))

    class Block(nn.Module):
        def __init__(self, c, context, heads):
            super().__init__()
            self.norm1, self.norm2, self.norm3 = nn.LayerNorm(c), nn.LayerNorm(c), nn.LayerNorm(c)
            self.attn1, self.attn2 = Attention(c, c, heads), Attention(c, context, heads)
            self.proj, self.out = nn.Linear(c, 8 * c), nn.Linear(4 * c, c)

        def forward(self, x, context):
            h = self.norm1(x)
            x = x + self.attn1(h, h)
            x = x + self.attn2(self.norm2(x), context)
            value, gate = self.proj(self.norm3(x)).chunk(2, -1)
            return x + self.out(value * F.gelu(gate))

    class Transformer(nn.Module):
        def __init__(self, c, context, heads, layers):
            super().__init__()
            self.norm = nn.GroupNorm(32, c, 1e-6)
            self.proj_in, self.proj_out = nn.Linear(c, c), nn.Linear(c, c)
            self.blocks = nn.ModuleList(Block(c, context, heads) for _ in range(layers))

        def forward(self, x, context):
            b, c, h, w = x.shape
            y = self.proj_in(self.norm(x).flatten(2).transpose(1, 2))
            for block in self.blocks:
                y = block(y, context)
            return x + self.proj_out(y).transpose(1, 2).reshape(b, c, h, w)

    class UNet(nn.Module):
        def __init__(self, transformer_layers, text_time, channels=(64, 128, 256), heads=(2, 4, 8), context=256):
            super().__init__()
            time = 4 * channels[0]
            self.time = nn.Sequential(nn.Linear(channels[0], time), nn.SiLU(), nn.Linear(time, time))
            self.added = (
                nn.Sequential(nn.Linear(256 + 6 * 32, time), nn.SiLU(), nn.Linear(time, time)) if text_time else None
            )
            self.conv_in = nn.Conv2d(4, channels[0], 3, padding=1)
            attend = lambda i: (
                Transformer(channels[i], context, heads[i], transformer_layers[i]) if i > 0 else None
            )
            self.down, self.up = nn.ModuleList(), nn.ModuleList()
            skips, c = [channels[0]], channels[0]
            for i, o in enumerate(channels):
                for _ in range(2):
                    self.down.append(nn.ModuleList([Resnet(c, o, time), attend(i) or nn.Module()]))
                    c = o
                    skips.append(c)
                if i < len(channels) - 1:
                    self.down.append(nn.Conv2d(c, c, 3, stride=2, padding=1))
                    skips.append(c)
            last = len(channels) - 1
            self.mid1, self.mid, self.mid2 = Resnet(c, c, time), attend(last), Resnet(c, c, time)
            for i in range(last, -1, -1):
                for _ in range(3):
                    self.up.append(
                        nn.ModuleList([Resnet(c + skips.pop(), channels[i], time), attend(i) or nn.Module()])
                    )
                    c = channels[i]
                if i > 0:
                    self.up.append(nn.Conv2d(c, c, 3, padding=1))
            self.norm, self.conv_out = nn.GroupNorm(32, c), nn.Conv2d(c, 4, 3, padding=1)

        def forward(self, x, t, context, text=None, ids=None):
            def sinusoid(t, width):
                f = torch.exp(-math.log(10000) * torch.arange(width // 2) / (width // 2))
                a = t[..., None] * f
                return torch.cat([a.cos(), a.sin()], -1)

            time = self.time(sinusoid(t, 64))
            if self.added is not None:
                time = time + self.added(torch.cat([text, sinusoid(ids, 32).flatten(1)], 1))
            time = F.silu(time)
            h = self.conv_in(x)
            skips = [h]
            for m in self.down:
                if isinstance(m, nn.Conv2d):
                    h = m(h)
                else:
                    h = m[0](h, time)
                    if isinstance(m[1], Transformer):
                        h = m[1](h, context)
                skips.append(h)
            h = self.mid2(self.mid(self.mid1(h, time), context), time)
            for m in self.up:
                if isinstance(m, nn.Conv2d):
                    h = m(F.interpolate(h, scale_factor=2.0, mode="nearest"))
                else:
                    h = m[0](torch.cat([h, skips.pop()], 1), time)
                    if isinstance(m[1], Transformer):
                        h = m[1](h, context)
            return self.conv_out(F.silu(self.norm(h)))

    # ---------------------------------------------------------------- the five

    randn = torch.randn
    torch.manual_seed(1)

    def inference(model, run):
        model.eval()

        def step():
            with torch.inference_mode():
                run()

        return model, step

    def training(model, loss_of):
        optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, weight_decay=0.01, foreach=True)

        def step():
            optimizer.zero_grad(set_to_none=True)
            loss_of().backward()
            optimizer.step()

        return model, step

    if name == "unet-forward":
        model = UNet([1, 2, 4], True)
        feeds = (randn(1, 4, 32, 56), randn(1), randn(1, 22, 256), randn(1, 256), randn(1, 6))
        return inference(model, lambda: model(*feeds))
    if name == "unet-train":
        model = UNet([0, 1, 1], False)
        feeds, target = (randn(8, 4, 32, 56), randn(8), randn(8, 22, 256)), randn(8, 4, 32, 56)
        return training(model, lambda: F.mse_loss(model(*feeds), target))
    if name == "llama-prefill":
        model, x = Llama(8, 512, 1376), randn(1, 512, 512)
        rope, bias = rope_tables(torch.arange(512), 64), causal(512)
        return inference(model, lambda: model(x, rope, bias))
    if name == "llama-decode":
        model, x = Llama(8, 512, 1376), randn(1, 1, 512)
        rope = rope_tables(torch.tensor([512]), 64)
        caches = [(randn(1, 8, 513, 64), randn(1, 8, 513, 64)) for _ in range(8)]
        return inference(model, lambda: model(x, rope, None, caches, 512))
    if name == "llama-train":
        model = nn.ModuleDict({"llama": Llama(6, 256, 688), "head": nn.Linear(256, 256)})
        x, target = randn(8, 512, 256), randn(8, 512, 256)
        rope, bias = rope_tables(torch.arange(512), 32), causal(512)
        return training(model, lambda: F.mse_loss(model["head"](model["llama"](x, rope, bias)), target))
    raise SystemExit(f"no bench '{name}'")


NAMES = ["unet-forward", "llama-prefill", "llama-decode", "llama-train", "unet-train"]


def core_type():
    """OpenBLAS 0.3.21 takes processors that it does not know for the oldest one, at a third of their speed."""
    try:
        with open("/proc/cpuinfo") as f:
            flags = next((line.split() for line in f if line.startswith("flags")), [])
    except OSError:
        return {}
    best = "SkylakeX" if "avx512f" in flags else "Haswell" if "avx2" in flags else None
    return {"OPENBLAS_CORETYPE": best} if best else {}


def measure(name, seconds, threads):
    import torch

    torch.set_num_threads(threads)
    model, step = build(name, torch)
    for _ in range(3):
        step()
    times, cpu, end = [], [], time.perf_counter() + seconds
    while len(times) < 5 or time.perf_counter() < end:
        start, busy = time.perf_counter(), time.process_time()
        step()
        times.append((time.perf_counter() - start) * 1000)
        cpu.append((time.process_time() - busy) * 1000)
    times.sort()
    return {
        "msMin": round(times[0], 2),
        "msMedian": round(times[len(times) // 2], 2),
        "cpuMsMin": round(min(cpu), 2),
        "peakRssMb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "parameters": sum(p.numel() for p in model.parameters()),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*")
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        print(json.dumps(measure(args.names[0], args.seconds, args.threads)))
        sys.exit()
    results = {}
    for name in args.names or NAMES:
        command = [sys.executable, __file__, name, "--seconds", str(args.seconds), "--threads", str(args.threads), "--child"]
        threads = {k: str(args.threads) for k in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")}
        out = subprocess.run(command, stdout=subprocess.PIPE, check=True, env={**core_type(), **os.environ, **threads}, text=True).stdout
        results[name] = json.loads(out)
        if not args.json:
            print(name.ljust(14), results[name], flush=True)
    if args.json:
        print(json.dumps(results, indent=2))
