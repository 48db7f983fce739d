package money

import "strconv"

// Part returns what falls on the portions from to to, the last not included, when
// a is spread evenly over so many portions: on the days of a term, say. Parts are
// whole units: of the currency, or of a's last decimal where that is finer.
//
// The parts of adjoining ranges always add up to the part of both, and all of them
// to a: no unit is lost or invented. The rule for the remainder is fixed: the first
// n portions together have what is due for them rounded down to whole units, so
// the units that do not divide come late, and evenly. A range that is not within 0
// to portions is a *FieldError.
func (a Amount) Part(from, to, portions int) (Amount, error) {
	if from < 0 || to < from || portions < to || portions == 0 {
		return Amount{}, &FieldError{Field: "portions", Value: strconv.Itoa(from) + " to " + strconv.Itoa(to),
			Rule: "must be a range within 0 to " + strconv.Itoa(portions)}
	}
	if a.IsZero() {
		return a, nil
	}
	return newAmount(a.first(to, portions).add(a.first(from, portions).neg()), a.currency)
}

// first returns what falls on the first n portions.
func (a Amount) first(n, portions int) fraction {
	if n == portions {
		return a.value
	}
	decimals := a.currency.Decimals()
	if own, ends := a.value.decimals(); ends {
		decimals = max(decimals, own)
	}
	return a.value.floor(int64(n), int64(portions), decimals)
}

// Split returns a in parts that are to each other as the weights, and add up to a
// exactly; the remainder goes by the rule of Part. Weights below zero, or of which
// none is above, are a *FieldError.
func (a Amount) Split(weights ...int) ([]Amount, error) {
	const most = 1 << 53
	total := 0
	for _, w := range weights {
		if w < 0 || w > most-total {
			return nil, &FieldError{Field: "weight", Value: strconv.Itoa(w), Rule: "must not be below zero, nor all together above 2^53"}
		}
		total += w
	}
	if total == 0 {
		return nil, &FieldError{Field: "weights", Value: strconv.Itoa(len(weights)), Rule: "one must be above zero"}
	}
	parts := make([]Amount, len(weights))
	from := 0
	for i, w := range weights {
		part, err := a.Part(from, from+w, total)
		if err != nil {
			return nil, err
		}
		parts[i], from = part, from+w
	}
	return parts, nil
}
