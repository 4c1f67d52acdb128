"""The tensors of FLUX.1-Fill, T5-XXL's encoder, CLIP-L's text model and the VAE: names, shapes and a deviation
that keeps activations near 1. Names: black-forest-labs/flux (transformer, VAE), llama.cpp's t5encoder,
transformers' CLIPTextModel. Types: what the community's files hold (city96/ComfyUI-GGUF, tools/convert.py).
"""
import dataclasses
import math


@dataclasses.dataclass(frozen=True)
class Tensor:
    name: str
    shape: tuple  # outermost first, as [out, in]
    deviation: float
    mean: float = 0.0

    @property
    def count(self):
        return math.prod(self.shape)


def matrix(name, out, inner, gain=1.0):
    return Tensor(name, (out, inner), gain / math.sqrt(inner))


def linear(name, out, inner):
    """With a bias, as every layer of the transformer and of CLIP has it."""
    return [matrix(f"{name}.weight", out, inner), Tensor(f"{name}.bias", (out,), 0.02)]


def gain_vector(name, width):
    return Tensor(name, (width,), 0.02, mean=1.0)


def flux(hidden, depth_double, depth_single, context=4096, vector=768, in_channels=384):
    tensors = linear("img_in", hidden, in_channels) + linear("txt_in", hidden, context)
    for name, inner in (("time_in", 256), ("guidance_in", 256), ("vector_in", vector)):
        tensors += linear(f"{name}.in_layer", hidden, inner) + linear(f"{name}.out_layer", hidden, hidden)

    def norms(prefix):
        return [gain_vector(f"{prefix}.{which}_norm.scale", 128) for which in ("query", "key")]

    for block in (f"double_blocks.{n}" for n in range(depth_double)):
        for stream in ("img", "txt"):
            attention = f"{block}.{stream}_attn"
            tensors += linear(f"{block}.{stream}_mod.lin", 6 * hidden, hidden)
            tensors += linear(f"{attention}.qkv", 3 * hidden, hidden) + norms(f"{attention}.norm")
            tensors += linear(f"{attention}.proj", hidden, hidden)
            tensors += linear(f"{block}.{stream}_mlp.0", 4 * hidden, hidden)
            tensors += linear(f"{block}.{stream}_mlp.2", hidden, 4 * hidden)
    for block in (f"single_blocks.{n}" for n in range(depth_single)):
        tensors += linear(f"{block}.linear1", 7 * hidden, hidden) + linear(f"{block}.linear2", hidden, 5 * hidden)
        tensors += norms(f"{block}.norm") + linear(f"{block}.modulation.lin", 3 * hidden, hidden)
    return tensors + linear("final_layer.linear", 64, hidden) + linear("final_layer.adaLN_modulation.1", 2 * hidden, hidden)


# What the mixed files take for their matrices, and for the joint query, key and value.
MIXED = {"Q4_K_M": ("Q4_K", "Q5_K"), "Q5_K_M": ("Q5_K", "Q6_K")}
EMBEDDERS = ("img_in.", "txt_in.", "time_in.", "vector_in.", "guidance_in.", "final_layer.")


def flux_type(tensor, kind):
    """Vectors and very small tensors stay F32, embedders and the last layer are not quantised."""
    if len(tensor.shape) == 1 or tensor.count <= 1024:
        return "F32"
    if kind in ("F16", "BF16"):
        return kind
    if tensor.name.startswith(EMBEDDERS):
        return "F16"
    base, joint = MIXED.get(kind, (kind, kind))
    wanted = joint if "attn.qkv.weight" in tensor.name else base
    return "F16" if wanted.endswith("_K") and tensor.shape[-1] % 256 else wanted


def t5(width, layers):
    """T5 v1.1: 64 channels a head, a feed-forward 2.5 times as wide (XXL: 4096, 64 heads, 10240)."""
    wide = width * 5 // 2
    # The query carries the 1/sqrt(64) that T5's attention leaves out.
    tensors = [Tensor("token_embd.weight", (32128, width), 1.0), gain_vector("enc.output_norm.weight", width)]
    for n in range(layers):
        block = f"enc.blk.{n}"
        tensors += [matrix(f"{block}.attn_q.weight", width, width, gain=0.125)]
        tensors += [matrix(f"{block}.attn_{which}.weight", width, width) for which in "kvo"]
        if n == 0:
            tensors.append(Tensor(f"{block}.attn_rel_b.weight", (32, width // 64), 0.5))
        tensors += [gain_vector(f"{block}.attn_norm.weight", width),
                    matrix(f"{block}.ffn_gate.weight", wide, width), matrix(f"{block}.ffn_up.weight", wide, width),
                    matrix(f"{block}.ffn_down.weight", width, wide), gain_vector(f"{block}.ffn_norm.weight", width)]
    return tensors


def t5_type(tensor, kind):
    if len(tensor.shape) == 1:
        return "F32"
    if kind in ("F16", "BF16") or "attn_rel_b" in tensor.name:
        return kind if kind == "BF16" else "F16"
    base, finer = {"Q4_K_M": ("Q4_K", "Q6_K"), "Q5_K_M": ("Q5_K", "Q6_K")}.get(kind, (kind, kind))
    wanted = finer if "attn_v" in tensor.name or "ffn_down" in tensor.name else base
    without_k = {"Q4_K": "Q5_0", "Q5_K": "Q5_1", "Q6_K": "Q8_0"}
    return without_k[wanted] if wanted in without_k and tensor.shape[-1] % 256 else wanted


def clip():
    width, text = 768, "text_model"
    tensors = [Tensor(f"{text}.embeddings.token_embedding.weight", (49408, width), 0.02),
               Tensor(f"{text}.embeddings.position_embedding.weight", (77, width), 0.02)]

    def norm(name):
        return [gain_vector(f"{name}.weight", width), Tensor(f"{name}.bias", (width,), 0.02)]

    for layer in (f"{text}.encoder.layers.{n}" for n in range(12)):
        tensors += norm(f"{layer}.layer_norm1") + norm(f"{layer}.layer_norm2")
        for which in "qkv":
            tensors += linear(f"{layer}.self_attn.{which}_proj", width, width)
        tensors += linear(f"{layer}.self_attn.out_proj", width, width)
        tensors += linear(f"{layer}.mlp.fc1", 4 * width, width) + linear(f"{layer}.mlp.fc2", width, 4 * width)
    return tensors + norm(f"{text}.final_layer_norm")


def convolution(name, out, inner, size=3):
    return [Tensor(f"{name}.weight", (out, inner, size, size), 1 / math.sqrt(inner * size * size)),
            Tensor(f"{name}.bias", (out,), 0.02)]


def group_norm(name, width):
    return [gain_vector(f"{name}.weight", width), Tensor(f"{name}.bias", (width,), 0.02)]


def residual(name, out, inner):
    tensors = group_norm(f"{name}.norm1", inner) + convolution(f"{name}.conv1", out, inner)
    tensors += group_norm(f"{name}.norm2", out) + convolution(f"{name}.conv2", out, out)
    return tensors + (convolution(f"{name}.nin_shortcut", out, inner, 1) if out != inner else [])


def middle(name, width):
    tensors = residual(f"{name}.block_1", width, width) + group_norm(f"{name}.attn_1.norm", width)
    for which in ("q", "k", "v", "proj_out"):
        tensors += convolution(f"{name}.attn_1.{which}", width, width, 1)
    return tensors + residual(f"{name}.block_2", width, width)


def vae(widths=(128, 256, 512, 512), latent=16):
    top = widths[-1]
    tensors, inner = convolution("encoder.conv_in", widths[0], 3), widths[0]
    for level, width in enumerate(widths):
        for n in range(2):
            tensors += residual(f"encoder.down.{level}.block.{n}", width, inner)
            inner = width
        if level < len(widths) - 1:
            tensors += convolution(f"encoder.down.{level}.downsample.conv", width, width)
    tensors += middle("encoder.mid", top) + group_norm("encoder.norm_out", top)
    tensors += convolution("encoder.conv_out", 2 * latent, top)

    tensors += convolution("decoder.conv_in", top, latent) + middle("decoder.mid", top)
    for level, width in reversed(list(enumerate(widths))):
        for n in range(3):
            tensors += residual(f"decoder.up.{level}.block.{n}", width, inner)
            inner = width
        if level > 0:
            tensors += convolution(f"decoder.up.{level}.upsample.conv", width, width)
    return tensors + group_norm("decoder.norm_out", widths[0]) + convolution("decoder.conv_out", 3, widths[0])
