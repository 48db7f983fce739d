package dedupe

// Comparer is what an index or a run compares records by: a [Matcher] or a [Model].
// It cannot be implemented elsewhere.
type Comparer interface {
	// keyCount returns how many keys a record has at most.
	keyCount() int
	// open returns a desk for one goroutine.
	open() desk
	// keyValue returns the text of a key of an encoded record.
	keyValue(forms string, key int) string
}

// desk is where encoded records are laid out, at places counted from 0, to be
// compared. A desk is not safe for concurrent use.
type desk interface {
	// encode appends all of r that comparing needs.
	encode(dst []byte, r *Record) []byte
	// lay puts an encoded record at a place; the desk grows as needed.
	lay(place int, forms string)
	// blocks appends the blocks of the record at a place, one for each key.
	blocks(dst []blockID, place int) []blockID
	// rank returns the place's order in the blocks of a key.
	rank(key, place int) rank
	// compare reports whether the records at two places match, and why.
	compare(a, b int) (verdict, bool)
}

// verdict is why two records match.
type verdict struct {
	groups groupSet // of the equation
	score  float32  // of a Model
}

func (m *Matcher) keyCount() int { return len(m.keys) }

func (m *Matcher) open() desk { return &ruleDesk{encoder: newEncoder(m)} }

func (m *Matcher) keyValue(forms string, key int) string {
	var p prepared
	m.decode(forms, &p)
	value, _ := m.keys[key].appendKey(nil, m.words, &p)
	return string(value)
}

// ruleDesk is the desk of a Matcher.
type ruleDesk struct {
	*encoder
	records []prepared
}

func (d *ruleDesk) lay(place int, forms string) {
	for len(d.records) <= place {
		d.records = append(d.records, prepared{})
	}
	d.m.decode(forms, &d.records[place])
}

func (d *ruleDesk) blocks(dst []blockID, place int) []blockID {
	return d.m.blocks(dst, &d.records[place])
}

func (d *ruleDesk) rank(key, place int) rank { return d.m.rank(key, &d.records[place]) }

func (d *ruleDesk) compare(a, b int) (verdict, bool) {
	pair := pair{m: d.m, a: &d.records[a], b: &d.records[b]}
	groups := pair.matchingGroups()
	return verdict{groups: groups}, groups != 0
}
