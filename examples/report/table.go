package main

import (
	"math/big"
	"strconv"
	"strings"

	"github.com/isvkit/isvkit/seats/inventory"
	"github.com/isvkit/isvkit/seats/inventory/money"
)

// table is figures in rows. The page, the terminal and the CSV files show the same
// tables, each in its way.
type table struct {
	File    string // its CSV file, without the ending
	Title   string
	Columns []column
	Rows    []row
	Brief   int // how many rows to show first, where room is short; 0: all
}

type column struct {
	Name     string
	IsNumber bool // numbers stand to the right, and are no text that a spreadsheet could run
	CSVOnly  bool
}

func text(name string) column   { return column{Name: name} }
func number(name string) column { return column{Name: name, IsNumber: true} }
func exact(name string) column  { return column{Name: name, CSVOnly: true} }

type row struct {
	Cells []cell
	Mark  mark
}

// mark says what a row is a case of. It is shown by a word in one of the cells as
// well, for those who do not see colours.
type mark uint8

const (
	plain mark = iota
	urgent
	sum
)

func (m mark) String() string { return [...]string{"", "urgent", "sum"}[m] }

// cell is a value as a person reads it, and as a program does.
type cell struct{ Show, Raw string }

func words(s string) cell { return cell{s, s} }

func integer(n int) cell { return cell{grouped(strconv.Itoa(n)), strconv.Itoa(n)} }

func count(c inventory.Count) cell {
	if n, ok := c.Int(); ok {
		return integer(n)
	}
	if c.IsZero() {
		return cell{"–", ""}
	}
	return words(c.String())
}

// amount is rounded to the cent for display; what is exact stands in a column of its
// own.
func amount(a money.Amount) cell {
	if a.IsZero() {
		return cell{"–", ""}
	}
	number := a.Rounded().StringFixed(int32(a.Currency().Decimals()))
	return cell{grouped(number) + " " + a.Currency().String(), number}
}

// exactly is an amount as money.Parse reads it. A fraction would be a date to a
// spreadsheet if the currency did not follow.
func exactly(a money.Amount) cell {
	text, err := a.MarshalText()
	if err != nil {
		return cell{}
	}
	return words(string(text))
}

// percent is part of whole, to a tenth of a percent, half a tenth rounded up.
func percent(part, whole int) cell {
	return percentOf(big.NewRat(int64(part), 1), big.NewRat(int64(whole), 1))
}

func percentOf(part, whole *big.Rat) cell {
	if whole.Sign() <= 0 {
		return cell{"–", ""}
	}
	share := new(big.Rat).Quo(part, whole)
	text := share.Mul(share, big.NewRat(100, 1)).FloatString(1)
	return cell{text + " %", text}
}

// grouped sets thousands apart: 1,440,003.00.
func grouped(number string) string {
	whole, fraction, hasFraction := strings.Cut(strings.TrimPrefix(number, "-"), ".")
	var b strings.Builder
	if strings.HasPrefix(number, "-") {
		b.WriteRune('−')
	}
	for i, digit := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(digit)
	}
	if hasFraction {
		b.WriteString("." + fraction)
	}
	return b.String()
}
