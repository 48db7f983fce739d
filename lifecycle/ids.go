package lifecycle

import (
	"strings"

	"github.com/isvkit/isvkit/internal/recordid"
)

// ActorID identifies who asks for something: a user, a service, a job. It is
// written into history.
type ActorID struct{ text string }

// ParseActorID reads an actor id. See the package comment for what is accepted; the
// error is a *FieldError.
func ParseActorID(text string) (ActorID, error) {
	id, err := normalize("actor id", text)
	return ActorID{id}, err
}

// MustActorID is ParseActorID for literals and tests; it panics on an error.
func MustActorID(text string) ActorID { return recordid.Must(ParseActorID(text)) }

// String returns the canonical text, "" for the zero value.
func (id ActorID) String() string { return id.text }

// IsZero reports whether id is the zero value, which identifies nothing.
func (id ActorID) IsZero() bool { return id.text == "" }

// Equal reports id == other.
func (id ActorID) Equal(other ActorID) bool { return id == other }

// Compare orders ids by their canonical text, bytewise.
func (id ActorID) Compare(other ActorID) int { return strings.Compare(id.text, other.text) }

// MarshalText returns the canonical text.
func (id ActorID) MarshalText() ([]byte, error) { return []byte(id.text), nil }

// UnmarshalText reads what MarshalText wrote, and all that ParseActorID accepts.
// Empty text is the zero value.
func (id *ActorID) UnmarshalText(text []byte) error {
	return recordid.Unmarshal(id, text, ParseActorID)
}

// NotificationID identifies a notification of the platform. A repeated delivery
// has the same.
type NotificationID struct{ text string }

// ParseNotificationID reads a notification id. See the package comment for what is accepted; the
// error is a *FieldError.
func ParseNotificationID(text string) (NotificationID, error) {
	id, err := normalize("notification id", text)
	return NotificationID{id}, err
}

// MustNotificationID is ParseNotificationID for literals and tests; it panics on an error.
func MustNotificationID(text string) NotificationID { return recordid.Must(ParseNotificationID(text)) }

// String returns the canonical text, "" for the zero value.
func (id NotificationID) String() string { return id.text }

// IsZero reports whether id is the zero value, which identifies nothing.
func (id NotificationID) IsZero() bool { return id.text == "" }

// Equal reports id == other.
func (id NotificationID) Equal(other NotificationID) bool { return id == other }

// Compare orders ids by their canonical text, bytewise.
func (id NotificationID) Compare(other NotificationID) int {
	return strings.Compare(id.text, other.text)
}

// MarshalText returns the canonical text.
func (id NotificationID) MarshalText() ([]byte, error) { return []byte(id.text), nil }

// UnmarshalText reads what MarshalText wrote, and all that ParseNotificationID accepts.
// Empty text is the zero value.
func (id *NotificationID) UnmarshalText(text []byte) error {
	return recordid.Unmarshal(id, text, ParseNotificationID)
}

// AlertID identifies an alert: it is made of the rule, the license and what occurred, so
// that one occurrence has one id, whoever finds it and however often.
type AlertID struct{ text string }

// ParseAlertID reads an alert id. See the package comment for what is accepted; the
// error is a *FieldError.
func ParseAlertID(text string) (AlertID, error) {
	id, err := normalize("alert id", text)
	return AlertID{id}, err
}

// MustAlertID is ParseAlertID for literals and tests; it panics on an error.
func MustAlertID(text string) AlertID { return recordid.Must(ParseAlertID(text)) }

// String returns the canonical text, "" for the zero value.
func (id AlertID) String() string { return id.text }

// IsZero reports whether id is the zero value, which identifies nothing.
func (id AlertID) IsZero() bool { return id.text == "" }

// Equal reports id == other.
func (id AlertID) Equal(other AlertID) bool { return id == other }

// Compare orders ids by their canonical text, bytewise.
func (id AlertID) Compare(other AlertID) int { return strings.Compare(id.text, other.text) }

// MarshalText returns the canonical text.
func (id AlertID) MarshalText() ([]byte, error) { return []byte(id.text), nil }

// UnmarshalText reads what MarshalText wrote, and all that ParseAlertID accepts.
// Empty text is the zero value.
func (id *AlertID) UnmarshalText(text []byte) error {
	return recordid.Unmarshal(id, text, ParseAlertID)
}

func normalize(field, text string) (string, error) {
	id, rule := recordid.Normalize(text)
	if rule != "" {
		return "", &FieldError{Field: field, Value: text, Rule: rule}
	}
	return id, nil
}
