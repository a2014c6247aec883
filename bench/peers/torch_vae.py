"""The reference VAE in PyTorch on the CPU, written as its users write it. Options and output: common.py.

eager    the module as it stands, torch.optim.Adam with its defaults
fused    the same with fused=True: one kernel updates all parameters
compile  torch.compile around the loss, and the fused Adam
"""

import math

import common
import torch
import torch.nn.functional as F
from torch import nn

chosen = common.options(["fused", "eager", "compile"])
torch.manual_seed(1)
torch.set_num_threads(chosen.threads)


def hidden_layers(widths):
    """Linear and ReLU for each step from one width to the next."""
    return nn.Sequential(*[part for pair in zip(widths, widths[1:]) for part in (nn.Linear(*pair), nn.ReLU())])


class Vae(nn.Module):
    def __init__(self, pixels, hidden, latent):
        super().__init__()
        self.encoder = hidden_layers([pixels, *hidden])
        self.mean = nn.Linear(hidden[-1], latent)
        self.log_variance = nn.Linear(hidden[-1], latent)
        self.decoder = nn.Sequential(hidden_layers([latent, *hidden[::-1]]), nn.Linear(hidden[0], pixels))

    def encode(self, x):
        h = self.encoder(x)
        return self.mean(h), self.log_variance(h)

    def forward(self, x, samples):
        """Negative ELBO, mean over the batch, with `samples` draws of z per example."""
        mean, log_variance = self.encode(x)
        noise = torch.randn(samples, *mean.shape)
        logits = self.decoder(mean + torch.exp(0.5 * log_variance) * noise)
        cross_entropy = F.binary_cross_entropy_with_logits(logits, x.expand_as(logits), reduction="sum") / samples
        kl = -0.5 * torch.sum(1 + log_variance - mean**2 - log_variance.exp())
        return (cross_entropy + kl) / len(x)

    def log_likelihood(self, x, draws, chunk=1000):
        """ln p(x) of one image: the mean of p(x, z) / q(z|x) over draws from q, in chunks whose logits fit a cache."""
        mean, log_variance = self.encode(x)
        ratios = []
        for start in range(0, draws, chunk):
            noise = torch.randn(min(chunk, draws - start), mean.shape[-1])
            z = mean + torch.exp(0.5 * log_variance) * noise
            logits = self.decoder(z)
            log_x = logits @ x - F.softplus(logits).sum(-1)
            ratios.append(log_x + 0.5 * (noise**2 - z**2 + log_variance).sum(-1))
        return torch.logsumexp(torch.cat(ratios), 0) - math.log(draws)


images = torch.from_numpy(common.read_images(chosen.data))
vae = Vae(images.shape[1], chosen.hidden_dims, chosen.latent_dim)
negative_elbo, log_likelihood = vae.__call__, vae.log_likelihood
if chosen.variant == "compile":
    negative_elbo, log_likelihood = torch.compile(vae), torch.compile(vae.log_likelihood)
adam = torch.optim.Adam(vae.parameters(), lr=1e-3, fused=chosen.variant != "eager" or None)


def batches():
    """Endless shuffled epochs with their last, smaller batch, except for torch.compile, which would recompile."""
    last = len(images) - chosen.batch_size + 1 if chosen.variant == "compile" else len(images)
    while True:
        order = torch.randperm(len(images))
        for start in range(0, last, chosen.batch_size):
            yield images[order[start : start + chosen.batch_size]]


def train_step(x):
    adam.zero_grad()
    loss = negative_elbo(x, chosen.samples)
    loss.backward()
    adam.step()
    return loss.item()


def train():
    seen, total = 0, 0.0
    stopwatch = common.Stopwatch()
    for _ in range(chosen.steps):
        x = next(shuffled)
        total += train_step(x)
        seen += len(x)
        stopwatch.lap()
    return stopwatch, seen, {"meanLoss": total / chosen.steps}


@torch.inference_mode()
def evaluate(batch_size=1000):
    test = torch.from_numpy(common.read_images(chosen.data, "test"))
    one_pass = lambda: sum(negative_elbo(x, chosen.samples).item() * len(x) for x in test.split(batch_size)) / len(test)
    one_pass()
    stopwatch, total = common.Stopwatch(), 0.0
    for _ in range(chosen.steps):
        total += one_pass()
        stopwatch.lap()
    return stopwatch, chosen.steps * len(test), {"meanLoss": total / chosen.steps}


@torch.inference_mode()
def likelihood():
    test = torch.from_numpy(common.read_images(chosen.data, "test"))[: chosen.steps]
    log_likelihood(test[0], chosen.draws)
    stopwatch, total = common.Stopwatch(), 0.0
    for x in test:
        total += log_likelihood(x, chosen.draws).item()
        stopwatch.lap()
    return stopwatch, len(test), {"meanLogLikelihood": total / len(test), "samples": chosen.draws}


shuffled = batches()
for _ in range(common.WARM_UP):
    train_step(next(shuffled))
stopwatch, seen, results = {"train": train, "evaluate": evaluate, "likelihood": likelihood}[chosen.task]()
common.report(chosen, "torch", torch.__version__, stopwatch, seen, **results)
