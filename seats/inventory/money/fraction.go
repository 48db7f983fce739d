package money

import (
	"cmp"
	"math"
	"math/big"
	"math/bits"
)

// fraction is an exact number: num/den in lowest terms where both fit into 64 bits,
// as they nearly always do, and big where they do not. The zero fraction is 0.
type fraction struct {
	num, den int64    // |num| and den are at most math.MaxInt64; den 0 stands for 1
	big      *big.Rat // not nil where num and den do not fit; never changed once set
}

// fractionOf takes over value.
func fractionOf(value *big.Rat) fraction {
	num, den := value.Num(), value.Denom()
	if num.IsInt64() && den.IsInt64() && num.Int64() != math.MinInt64 {
		return fraction{num: num.Int64(), den: den.Int64()}
	}
	return fraction{big: value}
}

// small returns f as num/den, if it is one.
func (f fraction) small() (num, den int64, ok bool) {
	return f.num, max(f.den, 1), f.big == nil
}

// rat returns f, for reading.
func (f fraction) rat() *big.Rat {
	if num, den, ok := f.small(); ok {
		return big.NewRat(num, den)
	}
	return f.big
}

func (f fraction) sign() int {
	if f.big != nil {
		return f.big.Sign()
	}
	return cmp.Compare(f.num, 0)
}

func (f fraction) neg() fraction {
	if f.big != nil {
		return fraction{big: new(big.Rat).Neg(f.big)}
	}
	f.num = -f.num
	return f
}

func (f fraction) cmp(other fraction) int {
	a, da, okA := f.small()
	b, db, okB := other.small()
	left, okLeft := multiply(a, db)
	right, okRight := multiply(b, da)
	if okA && okB && okLeft && okRight {
		return cmp.Compare(left, right)
	}
	return f.rat().Cmp(other.rat())
}

func (f fraction) add(other fraction) fraction {
	a, da, okA := f.small()
	b, db, okB := other.small()
	common := gcd(da, db)
	left, okLeft := multiply(a, db/common)
	right, okRight := multiply(b, da/common)
	den, okDen := multiply(da/common, db)
	num := left + right
	wrapped := (left < 0) == (right < 0) && (num < 0) != (left < 0) || num == math.MinInt64
	if okA && okB && okLeft && okRight && okDen && !wrapped {
		common = gcd(num, den)
		return fraction{num: num / common, den: den / common}
	}
	return fractionOf(new(big.Rat).Add(f.rat(), other.rat()))
}

// mul returns f × num / den; den is above zero.
func (f fraction) mul(num, den int64) fraction {
	a, da, ok := f.small()
	if num == 0 || f.sign() == 0 {
		return fraction{den: 1}
	}
	if ok && num != math.MinInt64 {
		own := gcd(num, den)
		num, den = num/own, den/own
		across, down := gcd(a, den), gcd(num, da)
		n, okN := multiply(a/across, num/down)
		d, okD := multiply(da/down, den/across)
		if okN && okD {
			return fraction{num: n, den: d}
		}
	}
	return fractionOf(new(big.Rat).Mul(f.rat(), big.NewRat(num, den)))
}

// decimals returns how many decimals f needs; ok is false where they never end.
func (f fraction) decimals() (n int, ok bool) {
	_, den, ok := f.small()
	if !ok {
		return f.big.FloatPrec()
	}
	twos := bits.TrailingZeros64(uint64(den))
	den >>= twos
	fives := 0
	for ; den%5 == 0; den /= 5 {
		fives++
	}
	return max(twos, fives), den == 1
}

// floor returns f × part / whole in units of 10^-decimals, rounded towards zero to
// whole ones; part is at most whole.
func (f fraction) floor(part, whole int64, decimals int) fraction {
	num, den, ok := f.small()
	ten, okTen := int64(1), decimals <= 18
	for range min(decimals, 18) {
		ten *= 10
	}
	units, okUnits := multiply(num, ten/den)
	if ok && okTen && okUnits && ten%den == 0 {
		high, low := bits.Mul64(uint64(abs(units)), uint64(part))
		due, _ := bits.Div64(high, low, uint64(whole)) // at most |units|, so it fits
		if units < 0 {
			return fraction{num: -int64(due), den: 1}.mul(1, ten)
		}
		return fraction{num: int64(due), den: 1}.mul(1, ten)
	}
	due := scaled(f.rat(), decimals)
	due.Mul(due, big.NewRat(part, whole))
	return fractionOf(new(big.Rat).SetFrac(new(big.Int).Quo(due.Num(), due.Denom()), power(decimals)))
}

// multiply returns a × b; ok is false where that does not fit.
func multiply(a, b int64) (product int64, ok bool) {
	high, low := bits.Mul64(uint64(abs(a)), uint64(abs(b)))
	if high != 0 || low > math.MaxInt64 {
		return 0, false
	}
	if (a < 0) != (b < 0) {
		return -int64(low), true
	}
	return int64(low), true
}

// gcd returns the greatest common divisor; b is above zero.
func gcd(a, b int64) int64 {
	a = abs(a)
	for a != 0 {
		a, b = b%a, a
	}
	return b
}

func abs(n int64) int64 {
	if n < 0 {
		return -n
	}
	return n
}
