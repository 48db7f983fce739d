package money

import (
	"iter"
	"slices"
	"strings"
)

// Totals is a sum for each currency. It is a value: Add returns the new one. The
// zero Totals is empty.
type Totals struct {
	sums []Amount // by currency, never changed once set
}

// Sum returns the totals of amounts; see Add.
func Sum(amounts iter.Seq[Amount]) (Totals, error) {
	var t Totals
	for a := range amounts {
		if err := t.add(a); err != nil {
			return Totals{}, err
		}
	}
	return t, nil
}

// Add returns t with a added to the sum of its currency. The zero Amount adds
// nothing; 0 USD makes a sum for USD. A sum that passes the limit of an Amount is
// a *FieldError.
func (t Totals) Add(a Amount) (Totals, error) {
	added := Totals{slices.Clone(t.sums)}
	if err := added.add(a); err != nil {
		return t, err
	}
	return added, nil
}

// Plus returns the sums of both.
func (t Totals) Plus(other Totals) (Totals, error) {
	added := Totals{slices.Clone(t.sums)}
	for _, a := range other.sums {
		if err := added.add(a); err != nil {
			return t, err
		}
	}
	return added, nil
}

// add changes t in place: only on one that nobody else holds.
func (t *Totals) add(a Amount) error {
	if a.IsZero() {
		return nil
	}
	at, found := slices.BinarySearchFunc(t.sums, a.currency, compareCurrency)
	if !found {
		t.sums = slices.Insert(t.sums, at, a)
		return nil
	}
	sum, err := t.sums[at].Add(a)
	if err == nil {
		t.sums[at] = sum
	}
	return err
}

func compareCurrency(a Amount, c Currency) int { return a.currency.Compare(c) }

// Of returns the sum of a currency; the zero Amount where nothing was added.
func (t Totals) Of(c Currency) Amount {
	if at, found := slices.BinarySearchFunc(t.sums, c, compareCurrency); found {
		return t.sums[at]
	}
	return Amount{}
}

// All yields the sums by currency.
func (t Totals) All() iter.Seq[Amount] { return slices.Values(t.sums) }

// Equal reports whether t and other have equal sums.
func (t Totals) Equal(other Totals) bool { return slices.EqualFunc(t.sums, other.sums, Amount.Equal) }

// String returns the sums for display: "120.00 EUR, 60000.00 USD".
func (t Totals) String() string {
	texts := make([]string, len(t.sums))
	for i, a := range t.sums {
		texts[i] = a.String()
	}
	return strings.Join(texts, ", ")
}
