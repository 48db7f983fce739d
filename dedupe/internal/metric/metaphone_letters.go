package metric

// This file has the rules of the consonants that are said in several ways. Each
// method codes what begins at i and returns how many letters that took.

func (c *coder) letterC(i int) int {
	switch {
	case i > 1 && !c.vowel(i-2) && c.is(i-1, "ACH") && c.at(i+2) != 'I' &&
		(c.at(i+2) != 'E' || c.is(i-2, "BACHER", "MACHER")): // Bacher
		return c.one("K", "K", 2)
	case i == 0 && c.is(i, "CAESAR"):
		return c.one("S", "S", 2)
	case c.is(i, "CHIA"): // Chianti
		return c.one("K", "K", 2)
	case c.is(i, "CH"):
		return c.lettersCH(i)
	case c.is(i, "CZ") && !c.is(i-2, "WICZ"): // Czerny
		return c.one("S", "X", 2)
	case c.is(i+1, "CIA"): // focaccia
		return c.one("X", "X", 3)
	case c.is(i, "CC") && !(i == 1 && c.at(0) == 'M'):
		return c.lettersCC(i)
	case c.is(i, "CK", "CG", "CQ"):
		return c.one("K", "K", 2)
	case c.is(i, "CIO", "CIE", "CIA"): // Italian
		return c.one("S", "X", 2)
	case c.is(i, "CI", "CE", "CY"):
		return c.one("S", "S", 2)
	}
	c.add("K", "K")
	switch {
	case c.is(i+1, " C", " Q", " G"): // Mac Caffrey
		return 3
	case c.among(i+1, "CKQ") && !c.is(i+1, "CE", "CI"):
		return 2
	}
	return 1
}

func (c *coder) lettersCH(i int) int {
	switch {
	case i > 0 && c.is(i, "CHAE"): // Michael
		return c.one("K", "X", 2)
	case i == 0 && (c.is(1, "HARAC", "HARIS") || c.is(1, "HOR", "HYM", "HIA", "HEM")) && !c.is(0, "CHORE"): // Greek
		return c.one("K", "K", 2)
	case c.germanic() || c.is(i-2, "ORCHES", "ARCHIT", "ORCHID") || c.among(i+2, "TS") ||
		(c.among(i-1, "AOUE") || i == 0) && (c.among(i+2, "LRNMBHFVW ") || i+2 == len(c.text)):
		return c.one("K", "K", 2)
	case i == 0:
		return c.one("X", "X", 2)
	case c.is(0, "MC"): // McHugh
		return c.one("K", "K", 2)
	}
	return c.one("X", "K", 2)
}

func (c *coder) lettersCC(i int) int {
	if c.among(i+2, "IEH") && !c.is(i+2, "HU") {
		if i == 1 && c.at(0) == 'A' || c.is(i-1, "UCCEE", "UCCES") { // accident, success
			return c.one("KS", "KS", 3)
		}
		return c.one("X", "X", 3) // Bellocchio
	}
	return c.one("K", "K", 2)
}

func (c *coder) letterD(i int) int {
	switch {
	case c.is(i, "DG") && c.among(i+2, "IEY"): // edge
		return c.one("J", "J", 3)
	case c.is(i, "DG"): // Edgar
		return c.one("TK", "TK", 2)
	case c.is(i, "DT", "DD"):
		return c.one("T", "T", 2)
	}
	return c.one("T", "T", 1)
}

func (c *coder) letterG(i int) int {
	switch {
	case c.at(i+1) == 'H':
		return c.lettersGH(i)
	case c.at(i+1) == 'N':
		return c.lettersGN(i)
	case c.is(i+1, "LI") && !c.slavoGermanic: // Tagliaro
		return c.one("KL", "L", 2)
	case i == 0 && (c.at(1) == 'Y' || c.is(1, "ES", "EP", "EB", "EL", "EY", "IB", "IL", "IN", "IE", "EI", "ER")):
		return c.one("K", "J", 2)
	case (c.is(i+1, "ER") || c.at(i+1) == 'Y') && !c.is(0, "DANGER", "RANGER", "MANGER") &&
		!c.among(i-1, "EI") && !c.is(i-1, "RGY", "OGY"):
		return c.one("K", "J", 2)
	case c.among(i+1, "EIY") || c.is(i-1, "AGGI", "OGGI"): // Italian
		switch {
		case c.germanic() || c.is(i+1, "ET"):
			return c.one("K", "K", 2)
		case c.is(i+1, "IER ") || c.is(i+1, "IER") && i+4 == len(c.text):
			return c.one("J", "J", 2)
		}
		return c.one("J", "K", 2)
	}
	return c.twin(i, "K")
}

func (c *coder) lettersGH(i int) int {
	switch {
	case i > 0 && !c.vowel(i-1):
		return c.one("K", "K", 2)
	case i == 0 && c.at(2) == 'I': // Ghislane
		return c.one("J", "J", 2)
	case i == 0:
		return c.one("K", "K", 2)
	case i > 1 && c.among(i-2, "BHD") || i > 2 && c.among(i-3, "BHD") || i > 3 && c.among(i-4, "BH"): // Hugh
		return 2
	case i > 2 && c.at(i-1) == 'U' && c.among(i-3, "CGLRT"): // laugh
		return c.one("F", "F", 2)
	case c.at(i-1) != 'I':
		return c.one("K", "K", 2)
	}
	return 2
}

func (c *coder) lettersGN(i int) int {
	switch {
	case i == 1 && c.vowel(0) && !c.slavoGermanic:
		return c.one("KN", "N", 2)
	case !c.is(i+2, "EY") && c.at(i+1) != 'Y' && !c.slavoGermanic: // not Cagney
		return c.one("N", "KN", 2)
	}
	return c.one("KN", "KN", 2)
}

func (c *coder) letterH(i int) int {
	if (i == 0 || c.vowel(i-1)) && c.vowel(i+1) {
		return c.one("H", "H", 2)
	}
	return 1
}

func (c *coder) letterJ(i int) int {
	if c.is(i, "JOSE") || c.is(0, "SAN ") {
		if i == 0 && (c.at(4) == ' ' || len(c.text) == 4) || c.is(0, "SAN ") {
			return c.one("H", "H", 1)
		}
		return c.one("J", "H", 1)
	}
	switch {
	case i == 0: // Yankelovich, Jankelowicz
		c.add("J", "A")
	case c.vowel(i-1) && !c.slavoGermanic && c.among(i+1, "AO"): // bajador
		c.add("J", "H")
	case c.last(i):
		c.add("J", "")
	case !c.among(i+1, "LTKSNMBZ") && !c.among(i-1, "SKL"):
		c.add("J", "J")
	}
	return c.run(i)
}

func (c *coder) letterL(i int) int {
	if c.at(i+1) != 'L' {
		return c.one("L", "L", 1)
	}
	n := len(c.text)
	spanish := i == n-3 && c.is(i-1, "ILLO", "ILLA", "ALLE") ||
		(c.is(n-2, "AS", "OS") || c.among(n-1, "AO")) && c.is(i-1, "ALLE")
	if spanish { // Cabrillo
		return c.one("L", "", 2)
	}
	return c.one("L", "L", 2)
}

func (c *coder) letterM(i int) int {
	silentB := c.is(i-1, "UMB") && (i+1 == len(c.text)-1 || c.is(i+2, "ER")) // dumb, thumber
	if silentB || c.at(i+1) == 'M' {
		return c.one("M", "M", 2)
	}
	return c.one("M", "M", 1)
}

func (c *coder) letterP(i int) int {
	switch {
	case c.at(i+1) == 'H':
		return c.one("F", "F", 2)
	case c.among(i+1, "PB"): // Campbell
		return c.one("P", "P", 2)
	}
	return c.one("P", "P", 1)
}

func (c *coder) letterR(i int) int {
	if c.last(i) && !c.slavoGermanic && c.is(i-2, "IE") && !c.is(i-4, "ME", "MA") { // Rogier
		return c.one("", "R", 1)
	}
	return c.twin(i, "R")
}

func (c *coder) letterS(i int) int {
	switch {
	case c.is(i-1, "ISL", "YSL"): // Carlisle
		return 1
	case i == 0 && c.is(0, "SUGAR"):
		return c.one("X", "S", 1)
	case c.is(i, "SH"):
		if c.is(i+1, "HEIM", "HOEK", "HOLM", "HOLZ") { // Germanic
			return c.one("S", "S", 2)
		}
		return c.one("X", "X", 2)
	case c.is(i, "SIO", "SIA"): // Italian and Armenian
		if c.slavoGermanic {
			return c.one("S", "S", 3)
		}
		return c.one("S", "X", 3)
	case i == 0 && c.among(1, "MNLW"), c.at(i+1) == 'Z': // Smith and Schmidt
		c.add("S", "X")
		if c.at(i+1) == 'Z' {
			return 2
		}
		return 1
	case c.is(i, "SC"):
		return c.lettersSC(i)
	}
	if c.last(i) && c.is(i-2, "AI", "OI") { // French
		c.add("", "S")
	} else {
		c.add("S", "S")
	}
	if c.among(i+1, "SZ") {
		return 2
	}
	return 1
}

func (c *coder) lettersSC(i int) int {
	switch {
	case c.at(i+2) == 'H' && c.is(i+3, "ER", "EN"): // Schermerhorn
		return c.one("X", "SK", 3)
	case c.at(i+2) == 'H' && c.is(i+3, "OO", "UY", "ED", "EM"): // school
		return c.one("SK", "SK", 3)
	case c.at(i+2) == 'H' && i == 0 && !c.vowel(3) && c.at(3) != 'W':
		return c.one("X", "S", 3)
	case c.at(i+2) == 'H':
		return c.one("X", "X", 3)
	case c.among(i+2, "IEY"):
		return c.one("S", "S", 3)
	}
	return c.one("SK", "SK", 3)
}

func (c *coder) letterT(i int) int {
	switch {
	case c.is(i, "TION", "TIA", "TCH"):
		return c.one("X", "X", 3)
	case c.is(i, "TH", "TTH"):
		if c.is(i+2, "OM", "AM") || c.germanic() { // Thomas
			return c.one("T", "T", 2)
		}
		return c.one("0", "T", 2)
	case c.among(i+1, "TD"):
		return c.one("T", "T", 2)
	}
	return c.one("T", "T", 1)
}

func (c *coder) letterW(i int) int {
	switch {
	case c.is(i, "WR"):
		return c.one("R", "R", 2)
	case i == 0 && c.vowel(1): // Wasserman is Vasserman
		c.add("A", "F")
		return 1
	case i == 0 && c.is(0, "WH"):
		c.add("A", "A")
		return 1
	case c.last(i) && c.vowel(i-1) || c.is(i-1, "EWSKI", "EWSKY", "OWSKI", "OWSKY") || c.is(0, "SCH"): // Arnow
		return c.one("", "F", 1)
	case c.is(i, "WICZ", "WITZ"): // Filipowicz
		return c.one("TS", "FX", 4)
	}
	return 1
}

func (c *coder) letterX(i int) int {
	french := c.last(i) && (c.is(i-3, "IAU", "EAU") || c.is(i-2, "AU", "OU")) // Breaux
	if !french {
		c.add("KS", "KS")
	}
	if c.among(i+1, "CX") {
		return 2
	}
	return 1
}

func (c *coder) letterZ(i int) int {
	switch {
	case c.at(i+1) == 'H': // Zhao
		return c.one("J", "J", 2)
	case c.is(i+1, "ZO", "ZI", "ZA") || c.slavoGermanic && i > 0 && c.at(i-1) != 'T':
		c.add("S", "TS")
	default:
		c.add("S", "S")
	}
	return c.run(i)
}
