"""Makes gf256.json: Reed-Solomon parity over GF(256) as RFC 5510 defines it.

The field and the matrices are those of the `galois` package, an implementation not written here:

    pip install galois==0.4.11
    python3 tests/vectors/group/make_gf256_vectors.py > tests/vectors/group/gf256.json

RFC 5510, section 8: G = V(k,k)^-1 * V(k,n), V[i][j] = alpha^(i*j), polynomial x^8+x^4+x^3+x^2+1.
"""
import json
import random

import galois
import numpy as np

GF = galois.GF(2**8, irreducible_poly="x^8 + x^4 + x^3 + x^2 + 1", primitive_element=2)
ALPHA = GF(2)


def vandermonde(rows, columns):
    return GF([[int(ALPHA ** ((i * j) % 255)) for j in range(columns)] for i in range(rows)])


def parity_matrix(k, count):
    """Column j holds what each source block counts for in parity block j."""
    generator = np.linalg.inv(vandermonde(k, k)) @ vandermonde(k, k + count)
    return GF(generator[:, k:])


def main():
    chance = random.Random(5510)
    products = []
    for _ in range(64):
        a, b = chance.randrange(256), chance.randrange(1, 256)
        products.append([a, b, int(GF(a) * GF(b)), int(GF(a) / GF(b))])
    codes = []
    for k, count, length in [(1, 3, 4), (2, 2, 4), (5, 4, 8), (16, 8, 6), (64, 12, 3), (200, 55, 1)]:
        source = [[chance.randrange(256) for _ in range(length)] for _ in range(k)]
        matrix = parity_matrix(k, count)
        parity = GF(source).T @ matrix
        codes.append({
            "k": k,
            "firstColumn": [int(x) for x in matrix[:, 0]],
            "source": [bytes(block).hex() for block in source],
            "parity": [bytes(int(x) for x in parity[:, j]).hex() for j in range(count)],
        })
    print(json.dumps({"products": products, "codes": codes}, indent=1))


main()
