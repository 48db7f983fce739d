package reclaim

// Stage is how far an idle seat has come. The zero Stage is that of a seat never
// looked at; it is treated as Active.
type Stage uint8

// The stages.
const (
	Active       Stage = 1 + iota // in use, or idle for too short to matter
	FirstWarning                  // the first notice was sent
	FinalNotice                   // the second and last notice was sent
	Deactivated                   // the seat was freed
	Exempt                        // never touched, until somebody sets another stage
)

var stageText = [...]string{Active: "Active", FirstWarning: "First Warning", FinalNotice: "Final Notice",
	Deactivated: "Deactivated", Exempt: "Exempt"}

const stages = len(stageText)

// ParseStage reads a stage as String writes it. Other text is a *FieldError.
func ParseStage(text string) (Stage, error) {
	for s := Active; s <= Exempt; s++ {
		if stageText[s] == text {
			return s, nil
		}
	}
	return 0, &FieldError{Field: "stage", Value: text, Rule: "is Active, First Warning, Final Notice, Deactivated or Exempt"}
}

// String returns the stage in words; "none" for the zero Stage.
func (s Stage) String() string {
	if Active <= s && s <= Exempt {
		return stageText[s]
	}
	return "none"
}

// MarshalText returns what String returns, "" for the zero Stage. Any other value
// that is not a stage is a *FieldError.
func (s Stage) MarshalText() ([]byte, error) {
	if int(s) >= stages {
		return nil, &FieldError{Field: "stage", Value: s.String(), Rule: "is none of the stages"}
	}
	return []byte(stageText[s]), nil
}

// UnmarshalText reads what MarshalText writes.
func (s *Stage) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*s = 0
		return nil
	}
	parsed, err := ParseStage(string(text))
	if err != nil {
		return err
	}
	*s = parsed
	return nil
}

// warned reports whether s is one of the stages that a notice leads to.
func (s Stage) warned() bool { return s == FirstWarning || s == FinalNotice }
