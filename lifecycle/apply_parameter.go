package lifecycle

import (
	"slices"
	"strconv"
	"time"

	"github.com/isvkit/isvkit/internal/instant"
	"github.com/isvkit/isvkit/license"
)

func (d *decision) defineParameter(c DefineParameter) error {
	p := c.Parameter
	if err := d.registered(p.Package); err != nil {
		return err
	}
	if err := p.Validate(); err != nil {
		return err
	}
	before, known := parameterOf(d.Parameters, p.Name)
	switch p.Revision = before.Revision; {
	case p == before:
		return nil
	case known && (p.Type != before.Type || p.Direction != before.Direction):
		return &ExistsError{Kind: "parameter", ID: p.Name.String(), Rule: "its type and direction never change"}
	case !known && len(d.Parameters) >= license.MaxParameters:
		return &FieldError{Field: "parameter name", Value: p.Name.String(),
			Rule: "a package has at most " + strconv.Itoa(license.MaxParameters) + " parameters"}
	}
	p.Revision++
	d.do(PutParameter{Parameter: p, IfRevision: before.Revision, Known: len(d.Parameters)}, ParameterDefined{Before: before, After: p})
	return nil
}

// setParameter is refused where a change of terms would be: the subscriber is told of
// either in the same way.
func (d *decision) setParameter(c SetParameter) error {
	p, before, err := d.parameter(c.License, c.Name)
	if err != nil {
		return err
	}
	if err := validTexts("why", c.Why); err != nil {
		return err
	}
	switch {
	case p.Direction != license.ToSubscriber:
		return &FieldError{Field: "parameter name", Value: c.Name.String(), Rule: "is set by the subscriber, and read by the vendor"}
	case !c.Value.IsZero() && c.Value.Type() != p.Type:
		return &FieldError{Field: "parameter value", Value: c.Value.String(), Rule: "is of the parameter's type, " + p.Type.String()}
	case c.Value == before.Set:
		return nil
	case c.Revision != before.Revision:
		return &StaleError{Kind: "parameter", ID: c.Name.String(), Read: c.Revision, Current: before.Revision}
	case d.License.Terms.Status == license.Uninstalled:
		return &license.TransitionError{License: c.License, From: license.Uninstalled, To: license.Uninstalled, Rule: "an uninstalled license is read-only"}
	case d.Org.Status.Unreachable():
		return &UnreachableOrgError{License: c.License, Org: d.License.Org, Status: d.Org.Status}
	}
	after := before
	after.Set, after.SetAt = c.Value, d.Now
	d.why = c.Why
	d.saveParameter(p, before, after, false)
	return nil
}

// reportParameter keeps what the subscriber says, beside what the vendor set.
func (d *decision) reportParameter(c ReportParameter) error {
	p, before, err := d.parameter(c.License, c.Name)
	if err != nil {
		return err
	}
	if c.At.IsZero() {
		c.At = d.Now
	}
	if err := validInstant("instant of the report", c.At); err != nil {
		return err
	}
	at := instant.Of(c.At)
	switch {
	case c.Value.Type() != p.Type:
		return &FieldError{Field: "parameter value", Value: c.Value.String(), Rule: "is of the parameter's type, " + p.Type.String()}
	case !at.After(before.ReportedAt), d.License.Terms.Status == license.Uninstalled:
		return nil // older than what is known, or history that nobody reads any more
	case at.After(d.Now):
		return &FieldError{Field: "instant of the report", Value: at.String(), Rule: "must not lie in the future"}
	}
	after := before
	after.Reported, after.ReportedAt = c.Value, at
	d.saveParameter(p, before, after, true)
	return nil
}

// parameter returns the definition of a license's parameter, and what is known of it.
func (d *decision) parameter(id license.ID, name license.ParameterName) (license.Parameter, license.ParameterValue, error) {
	if err := d.licensed(id); err != nil {
		return license.Parameter{}, license.ParameterValue{}, err
	}
	if err := d.registered(d.License.Package); err != nil {
		return license.Parameter{}, license.ParameterValue{}, err
	}
	p, known := parameterOf(d.Parameters, name)
	if !known {
		return p, license.ParameterValue{}, &NotFoundError{Kind: "parameter", ID: name.String()}
	}
	return p, d.valueOf(id, name), nil
}

func (d *decision) valueOf(id license.ID, name license.ParameterName) license.ParameterValue {
	if i := slices.IndexFunc(d.Values, func(v license.ParameterValue) bool { return v.Name == name }); i >= 0 {
		return d.Values[i]
	}
	return license.ParameterValue{License: id, Name: name}
}

func (d *decision) saveParameter(p license.Parameter, before, after license.ParameterValue, reported bool) {
	after = d.compareParameter(p, after, reported)
	after.Revision++
	d.do(PutParameterValue{Value: after, IfRevision: before.Revision, IfLicense: d.License.Revision}, ParameterChanged{Before: before, After: after})
}

// compareParameter returns v with the instant since when its sides differ, and records
// what came to differ, or to agree: as compare does of a license.
func (d *decision) compareParameter(p license.Parameter, v license.ParameterValue, reported bool) license.ParameterValue {
	began := v.DifferSince
	switch {
	case !v.Differs(p) && !began.IsZero():
		v.DifferSince = time.Time{}
		d.record(DriftEnded{License: v.License, Field: license.DriftOf(v.Name), Since: began})
	case v.Differs(p) && (reported || !began.IsZero()):
		if began.IsZero() {
			v.DifferSince = v.ReportedAt
		}
		if before := d.valueOf(v.License, v.Name); !before.Drifts(p) || before.Difference(p) != v.Difference(p) {
			d.record(DriftFound{License: v.License, Difference: v.Difference(p)})
		}
	}
	return v
}

func parameterOf(all []license.Parameter, name license.ParameterName) (p license.Parameter, known bool) {
	i := slices.IndexFunc(all, func(p license.Parameter) bool { return p.Name == name })
	if i < 0 {
		return license.Parameter{}, false
	}
	return all[i], true
}
