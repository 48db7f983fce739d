package metric

// This file has the rules of the consonants that are said in several ways. Each
// method codes what begins at i.

func (c *coder) letterC(i int) code {
	switch {
	case i > 1 && !c.vowel(i-2) && c.is(i-1, "ACH") && c.at(i+2) != 'I' &&
		(c.at(i+2) != 'E' || c.is(i-2, "BACHER", "MACHER")): // Bacher
		return code{"K", "K", 2}
	case i == 0 && c.is(i, "CAESAR"):
		return code{"S", "S", 2}
	case c.is(i, "CHIA"): // Chianti
		return code{"K", "K", 2}
	case c.is(i, "CH"):
		return c.lettersCH(i)
	case c.is(i, "CZ") && !c.is(i-2, "WICZ"): // Czerny
		return code{"S", "X", 2}
	case c.is(i+1, "CIA"): // focaccia
		return code{"X", "X", 3}
	case c.is(i, "CC") && !(i == 1 && c.at(0) == 'M'):
		return c.lettersCC(i)
	case c.is(i, "CK", "CG", "CQ"):
		return code{"K", "K", 2}
	case c.is(i, "CIO", "CIE", "CIA"): // Italian
		return code{"S", "X", 2}
	case c.is(i, "CI", "CE", "CY"):
		return code{"S", "S", 2}
	}
	switch {
	case c.is(i+1, " C", " Q", " G"): // Mac Caffrey
		return code{"K", "K", 3}
	case c.among(i+1, "CKQ") && !c.is(i+1, "CE", "CI"):
		return code{"K", "K", 2}
	}
	return code{"K", "K", 1}
}

func (c *coder) lettersCH(i int) code {
	switch {
	case i > 0 && c.is(i, "CHAE"): // Michael
		return code{"K", "X", 2}
	case i == 0 && (c.is(1, "HARAC", "HARIS") || c.is(1, "HOR", "HYM", "HIA", "HEM")) && !c.is(0, "CHORE"): // Greek
		return code{"K", "K", 2}
	case c.germanic() || c.is(i-2, "ORCHES", "ARCHIT", "ORCHID") || c.among(i+2, "TS") ||
		(c.among(i-1, "AOUE") || i == 0) && (c.among(i+2, "LRNMBHFVW ") || i+2 == len(c.text)):
		return code{"K", "K", 2}
	case i == 0:
		return code{"X", "X", 2}
	case c.is(0, "MC"): // McHugh
		return code{"K", "K", 2}
	}
	return code{"X", "K", 2}
}

func (c *coder) lettersCC(i int) code {
	if c.among(i+2, "IEH") && !c.is(i+2, "HU") {
		if i == 1 && c.at(0) == 'A' || c.is(i-1, "UCCEE", "UCCES") { // accident, success
			return code{"KS", "KS", 3}
		}
		return code{"X", "X", 3} // Bellocchio
	}
	return code{"K", "K", 2}
}

func (c *coder) letterD(i int) code {
	switch {
	case c.is(i, "DG") && c.among(i+2, "IEY"): // edge
		return code{"J", "J", 3}
	case c.is(i, "DG"): // Edgar
		return code{"TK", "TK", 2}
	case c.is(i, "DT", "DD"):
		return code{"T", "T", 2}
	}
	return code{"T", "T", 1}
}

func (c *coder) letterG(i int) code {
	switch {
	case c.at(i+1) == 'H':
		return c.lettersGH(i)
	case c.at(i+1) == 'N':
		return c.lettersGN(i)
	case c.is(i+1, "LI") && !c.slavoGermanic: // Tagliaro
		return code{"KL", "L", 2}
	case i == 0 && (c.at(1) == 'Y' || c.is(1, "ES", "EP", "EB", "EL", "EY", "IB", "IL", "IN", "IE", "EI", "ER")):
		return code{"K", "J", 2}
	case (c.is(i+1, "ER") || c.at(i+1) == 'Y') && !c.is(0, "DANGER", "RANGER", "MANGER") &&
		!c.among(i-1, "EI") && !c.is(i-1, "RGY", "OGY"):
		return code{"K", "J", 2}
	case c.among(i+1, "EIY") || c.is(i-1, "AGGI", "OGGI"): // Italian
		switch {
		case c.germanic() || c.is(i+1, "ET"):
			return code{"K", "K", 2}
		case c.is(i+1, "IER ") || c.is(i+1, "IER") && i+4 == len(c.text):
			return code{"J", "J", 2}
		}
		return code{"J", "K", 2}
	}
	return c.twin(i, "K")
}

func (c *coder) lettersGH(i int) code {
	switch {
	case i > 0 && !c.vowel(i-1):
		return code{"K", "K", 2}
	case i == 0 && c.at(2) == 'I': // Ghislane
		return code{"J", "J", 2}
	case i == 0:
		return code{"K", "K", 2}
	case i > 1 && c.among(i-2, "BHD") || i > 2 && c.among(i-3, "BHD") || i > 3 && c.among(i-4, "BH"): // Hugh
		return code{"", "", 2}
	case i > 2 && c.at(i-1) == 'U' && c.among(i-3, "CGLRT"): // laugh
		return code{"F", "F", 2}
	case c.at(i-1) != 'I':
		return code{"K", "K", 2}
	}
	return code{"", "", 2}
}

func (c *coder) lettersGN(i int) code {
	switch {
	case i == 1 && c.vowel(0) && !c.slavoGermanic:
		return code{"KN", "N", 2}
	case !c.is(i+2, "EY") && c.at(i+1) != 'Y' && !c.slavoGermanic: // not Cagney
		return code{"N", "KN", 2}
	}
	return code{"KN", "KN", 2}
}

func (c *coder) letterH(i int) code {
	if (i == 0 || c.vowel(i-1)) && c.vowel(i+1) {
		return code{"H", "H", 2}
	}
	return code{"", "", 1}
}

func (c *coder) letterJ(i int) code {
	if c.is(i, "JOSE") || c.is(0, "SAN ") {
		if i == 0 && (c.at(4) == ' ' || len(c.text) == 4) || c.is(0, "SAN ") {
			return code{"H", "H", 1}
		}
		return code{"J", "H", 1}
	}
	switch {
	case i == 0: // Yankelovich, Jankelowicz
		return code{"J", "A", c.run(i)}
	case c.vowel(i-1) && !c.slavoGermanic && c.among(i+1, "AO"): // bajador
		return code{"J", "H", c.run(i)}
	case c.last(i):
		return code{"J", "", c.run(i)}
	case !c.among(i+1, "LTKSNMBZ") && !c.among(i-1, "SKL"):
		return code{"J", "J", c.run(i)}
	}
	return code{"", "", c.run(i)}
}

func (c *coder) letterL(i int) code {
	if c.at(i+1) != 'L' {
		return code{"L", "L", 1}
	}
	n := len(c.text)
	spanish := i == n-3 && c.is(i-1, "ILLO", "ILLA", "ALLE") ||
		(c.is(n-2, "AS", "OS") || c.among(n-1, "AO")) && c.is(i-1, "ALLE")
	if spanish { // Cabrillo
		return code{"L", "", 2}
	}
	return code{"L", "L", 2}
}

func (c *coder) letterM(i int) code {
	silentB := c.is(i-1, "UMB") && (i+1 == len(c.text)-1 || c.is(i+2, "ER")) // dumb, thumber
	if silentB || c.at(i+1) == 'M' {
		return code{"M", "M", 2}
	}
	return code{"M", "M", 1}
}

func (c *coder) letterP(i int) code {
	switch {
	case c.at(i+1) == 'H':
		return code{"F", "F", 2}
	case c.among(i+1, "PB"): // Campbell
		return code{"P", "P", 2}
	}
	return code{"P", "P", 1}
}

func (c *coder) letterR(i int) code {
	if c.last(i) && !c.slavoGermanic && c.is(i-2, "IE") && !c.is(i-4, "ME", "MA") { // Rogier
		return code{"", "R", 1}
	}
	return c.twin(i, "R")
}

func (c *coder) letterS(i int) code {
	switch {
	case c.is(i-1, "ISL", "YSL"): // Carlisle
		return code{"", "", 1}
	case i == 0 && c.is(0, "SUGAR"):
		return code{"X", "S", 1}
	case c.is(i, "SH"):
		if c.is(i+1, "HEIM", "HOEK", "HOLM", "HOLZ") { // Germanic
			return code{"S", "S", 2}
		}
		return code{"X", "X", 2}
	case c.is(i, "SIO", "SIA"): // Italian and Armenian
		if c.slavoGermanic {
			return code{"S", "S", 3}
		}
		return code{"S", "X", 3}
	case c.at(i+1) == 'Z':
		return code{"S", "X", 2}
	case i == 0 && c.among(1, "MNLW"): // Smith and Schmidt
		return code{"S", "X", 1}
	case c.is(i, "SC"):
		return c.lettersSC(i)
	}
	switch {
	case c.last(i) && c.is(i-2, "AI", "OI"): // French
		return code{"", "S", 1}
	case c.at(i+1) == 'S':
		return code{"S", "S", 2}
	}
	return code{"S", "S", 1}
}

func (c *coder) lettersSC(i int) code {
	switch {
	case c.at(i+2) == 'H' && c.is(i+3, "ER", "EN"): // Schermerhorn
		return code{"X", "SK", 3}
	case c.at(i+2) == 'H' && c.is(i+3, "OO", "UY", "ED", "EM"): // school
		return code{"SK", "SK", 3}
	case c.at(i+2) == 'H' && i == 0 && !c.vowel(3) && c.at(3) != 'W':
		return code{"X", "S", 3}
	case c.at(i+2) == 'H':
		return code{"X", "X", 3}
	case c.among(i+2, "IEY"):
		return code{"S", "S", 3}
	}
	return code{"SK", "SK", 3}
}

func (c *coder) letterT(i int) code {
	switch {
	case c.is(i, "TION", "TIA", "TCH"):
		return code{"X", "X", 3}
	case c.is(i, "TH", "TTH"):
		if c.is(i+2, "OM", "AM") || c.germanic() { // Thomas
			return code{"T", "T", 2}
		}
		return code{"0", "T", 2}
	case c.among(i+1, "TD"):
		return code{"T", "T", 2}
	}
	return code{"T", "T", 1}
}

func (c *coder) letterW(i int) code {
	switch {
	case c.is(i, "WR"):
		return code{"R", "R", 2}
	case i == 0 && c.vowel(1): // Wasserman is Vasserman
		return code{"A", "F", 1}
	case i == 0 && c.is(0, "WH"):
		return code{"A", "A", 1}
	case c.last(i) && c.vowel(i-1) || c.is(i-1, "EWSKI", "EWSKY", "OWSKI", "OWSKY") || c.is(0, "SCH"): // Arnow
		return code{"", "F", 1}
	case c.is(i, "WICZ", "WITZ"): // Filipowicz
		return code{"TS", "FX", 4}
	}
	return code{"", "", 1}
}

func (c *coder) letterX(i int) code {
	french := c.last(i) && (c.is(i-3, "IAU", "EAU") || c.is(i-2, "AU", "OU")) // Breaux
	switch {
	case i == 0: // Xavier
		return code{"S", "S", 1}
	case french:
		return code{"", "", 1}
	case c.among(i+1, "CX"):
		return code{"KS", "KS", 2}
	}
	return code{"KS", "KS", 1}
}

func (c *coder) letterZ(i int) code {
	switch {
	case c.at(i+1) == 'H': // Zhao
		return code{"J", "J", 2}
	case c.is(i+1, "ZO", "ZI", "ZA") || c.slavoGermanic && i > 0 && c.at(i-1) != 'T':
		return code{"S", "TS", c.run(i)}
	}
	return code{"S", "S", c.run(i)}
}
