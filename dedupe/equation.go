package dedupe

import "strings"

// Equation says which fields must match: one of its groups, all clauses of the
// group, one field of each clause. The zero Equation matches nothing.
type Equation []Group

// Group is an AND of clauses.
type Group []Clause

// Clause is an OR of fields; most clauses have one.
type Clause []Field

// String returns the equation as ParseEquation reads it.
func (e Equation) String() string {
	groups := make([]string, len(e))
	for i, group := range e {
		groups[i] = "(" + group.String() + ")"
	}
	return strings.Join(groups, " OR ")
}

// String returns the group as a part of an equation, without parentheses.
func (g Group) String() string {
	clauses := make([]string, len(g))
	for i, clause := range g {
		fields := make([]string, len(clause))
		for j, field := range clause {
			fields[j] = field.String()
		}
		if clauses[i] = strings.Join(fields, " OR "); len(fields) > 1 {
			clauses[i] = "(" + clauses[i] + ")"
		}
	}
	return strings.Join(clauses, " AND ")
}

// has reports whether the group mentions f.
func (g Group) has(f Field) bool {
	for _, clause := range g {
		for _, field := range clause {
			if field == f {
				return true
			}
		}
	}
	return false
}

// ways rewrites the group so that its ORs become several groups that are ANDs of
// fields only, at most limit of them.
func (g Group) ways(limit int) [][]Field {
	ways := [][]Field{nil}
	for _, clause := range g {
		var longer [][]Field
		for _, way := range ways {
			for _, field := range clause {
				if len(longer) == limit {
					break
				}
				longer = append(longer, append(way[:len(way):len(way)], field))
			}
		}
		ways = longer
	}
	return ways
}

// The equation's text is bounded, as all input is.
const (
	maxEquation = 4096 // bytes
	maxGroups   = 32
	maxDepth    = 32
)

// ParseEquation reads fields joined by AND and OR, with parentheses; AND binds
// stronger. What is nested deeper than an OR of ANDs of ORs is multiplied out.
// The error is a *RuleError.
//
//	(First_Name AND Last_Name AND Email) OR (First_Name AND Last_Name AND Street AND (City OR ZIP))
func ParseEquation(text string) (Equation, error) {
	if len(text) > maxEquation {
		return nil, &RuleError{Part: "equation", Rule: "is longer than 4096 bytes; split it into several rules"}
	}
	spaced := strings.NewReplacer("(", " ( ", ")", " ) ").Replace(text)
	p := equationParser{words: strings.Fields(spaced)}
	groups := p.or(0)
	if p.rule == "" && len(p.words) > 0 {
		p.fail("must join fields with AND or OR, here before " + p.words[0])
	}
	if p.rule == "" && len(groups) > maxGroups {
		p.fail("multiplies out to more than 32 groups; split it into several rules")
	}
	if p.rule != "" {
		return nil, &RuleError{Part: "equation", Value: text, Rule: p.rule}
	}
	return groups, nil
}

// MustEquation is ParseEquation for literals and tests; it panics on an error.
func MustEquation(text string) Equation {
	equation, err := ParseEquation(text)
	if err != nil {
		panic(err)
	}
	return equation
}

type equationParser struct {
	words []string
	rule  string // that was broken first
}

func (p *equationParser) fail(rule string) {
	if p.rule == "" {
		p.rule = rule
	}
}

// next takes the next word if it is word, whatever its case.
func (p *equationParser) next(word string) bool {
	if len(p.words) == 0 || !strings.EqualFold(p.words[0], word) {
		return false
	}
	p.words = p.words[1:]
	return true
}

// or reads operands of OR.
func (p *equationParser) or(depth int) Equation {
	equation := p.and(depth)
	for p.rule == "" && p.next("OR") {
		equation = append(equation, p.and(depth)...)
	}
	return equation
}

// and reads operands of AND.
func (p *equationParser) and(depth int) Equation {
	equation := p.operand(depth)
	for p.rule == "" && p.next("AND") {
		equation = conjunction(equation, p.operand(depth))
		if len(equation) > maxGroups {
			p.fail("multiplies out to more than 32 groups; split it into several rules")
		}
	}
	return equation
}

func (p *equationParser) operand(depth int) Equation {
	switch {
	case depth > maxDepth:
		p.fail("has parentheses more than 32 deep")
	case p.next("("):
		inner := p.or(depth + 1)
		if !p.next(")") {
			p.fail("lacks a closing parenthesis")
		}
		return inner
	case len(p.words) == 0:
		p.fail("ends where a field is wanted")
	default:
		field, err := ParseField(p.words[0])
		if err != nil {
			p.fail("names " + p.words[0] + ", which is no field; the fields are " + fieldNames.list())
		}
		p.words = p.words[1:]
		return Equation{{{field}}}
	}
	return nil
}

// conjunction is a AND b. An OR of single fields stays one clause.
func conjunction(a, b Equation) Equation {
	a, b = a.asClause(), b.asClause()
	var all Equation
	for _, left := range a {
		for _, right := range b {
			all = append(all, append(left[:len(left):len(left)], right...))
		}
	}
	return all
}

// asClause turns an OR of single clauses into one group of one clause.
func (e Equation) asClause() Equation {
	var clause Clause
	for _, group := range e {
		if len(group) != 1 {
			return e
		}
		clause = append(clause, group[0]...)
	}
	return Equation{{clause}}
}
