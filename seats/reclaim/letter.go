package reclaim

import (
	"errors"
	"strings"
	"text/template"

	"github.com/isvkit/isvkit/internal/errtext"
)

// Letters are the caller's templates for the notices. A nil template sends no
// notice of that kind. A template is executed on a [Letter].
type Letters struct {
	FirstWarning *template.Template
	FinalNotice  *template.Template
	Deactivated  *template.Template
}

// Letter is what a template is executed on: the fields of the move ({{.Idle}},
// {{.Earliest}}, {{.IdleSince}}, {{.User}}, {{.License}} …), and whatever the
// caller knows of the person.
type Letter struct {
	Move
	Person any
}

// RenderError says that a template failed. Its text holds nothing of the person;
// Err, which it wraps, may.
type RenderError struct {
	Stage Stage // of the notice
	Err   error
}

// Error names the notice.
func (e *RenderError) Error() string {
	return errtext.Line("reclaim: the template of ", e.Stage.String(), " failed")
}

// Unwrap returns the error of the template.
func (e *RenderError) Unwrap() error { return e.Err }

const maxLetter = 1 << 20

// Render returns the text of the notice that is due with a move. due is false
// where none is, or where there is no template for it. A template that fails, or
// writes more than a megabyte, is a *RenderError.
func (l Letters) Render(m Move, person any) (text string, due bool, err error) {
	stage, due := m.Notice()
	t := l.of(stage)
	if !due || t == nil {
		return "", false, nil
	}
	var page page
	if err := t.Execute(&page, Letter{m, person}); err != nil {
		return "", true, &RenderError{stage, err}
	}
	return page.text.String(), true, nil
}

func (l Letters) of(stage Stage) *template.Template {
	switch stage {
	case FirstWarning:
		return l.FirstWarning
	case FinalNotice:
		return l.FinalNotice
	case Deactivated:
		return l.Deactivated
	}
	return nil
}

// page is a strings.Builder of limited length.
type page struct{ text strings.Builder }

func (p *page) Write(text []byte) (int, error) {
	if p.text.Len()+len(text) > maxLetter {
		return 0, errors.New("the letter is longer than a megabyte")
	}
	return p.text.Write(text)
}
