package idset

import (
	"cmp"
	"math/bits"
)

// Number is an unsigned integer of 128 bits.
type Number struct{ Hi, Lo uint64 }

// Compare orders numbers.
func (a Number) Compare(b Number) int {
	if a.Hi != b.Hi {
		return cmp.Compare(a.Hi, b.Hi)
	}
	return cmp.Compare(a.Lo, b.Lo)
}

// Add returns a + b modulo 2^128.
func (a Number) Add(b Number) Number {
	lo, carry := bits.Add64(a.Lo, b.Lo, 0)
	return Number{a.Hi + b.Hi + carry, lo}
}

// Sub returns a - b modulo 2^128.
func (a Number) Sub(b Number) Number {
	lo, borrow := bits.Sub64(a.Lo, b.Lo, 0)
	return Number{a.Hi - b.Hi - borrow, lo}
}

// Times returns a × b modulo 2^128.
func (a Number) Times(b Number) Number {
	hi, lo := bits.Mul64(a.Lo, b.Lo)
	return Number{hi + a.Hi*b.Lo + a.Lo*b.Hi, lo}
}

// Less reports a < b.
func (a Number) Less(b Number) bool { return a.Hi < b.Hi || a.Hi == b.Hi && a.Lo < b.Lo }

func (a Number) xor(b Number) Number { return Number{a.Hi ^ b.Hi, a.Lo ^ b.Lo} }
func (a Number) or(b Number) Number  { return Number{a.Hi | b.Hi, a.Lo | b.Lo} }

// Shl returns a × 2^n modulo 2^128, for n of 0 to 128.
func (a Number) Shl(n uint) Number {
	if n >= 64 {
		return Number{a.Lo << (n - 64), 0}
	}
	return Number{a.Hi<<n | a.Lo>>(64-n), a.Lo << n}
}

// Shr returns a ÷ 2^n, rounded down, for n of 0 to 128.
func (a Number) Shr(n uint) Number {
	if n >= 64 {
		return Number{0, a.Hi >> (n - 64)}
	}
	return Number{a.Hi >> n, a.Lo>>n | a.Hi<<(64-n)}
}

// low returns the low n bits of a, for 0 to 128 of them.
func (a Number) low(n uint) Number {
	if n >= 64 {
		return Number{a.Hi & (1<<(n-64) - 1), a.Lo}
	}
	return Number{0, a.Lo & (1<<n - 1)}
}

// len returns how many bits a has, leading zeros left out.
func (a Number) len() uint {
	if a.Hi != 0 {
		return uint(64 + bits.Len64(a.Hi))
	}
	return uint(bits.Len64(a.Lo))
}
