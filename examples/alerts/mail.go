package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"

	"github.com/wneessen/go-mail"

	"github.com/isvkit/isvkit/lead"
	"github.com/isvkit/isvkit/lifecycle"
)

// mailSink sends each message as a letter of its own.
type mailSink struct {
	client *mail.Client
	from   lead.Email
}

func newMailSink(o options) (*mailSink, error) {
	host, portText, err := net.SplitHostPort(o.smtp)
	if err != nil {
		return nil, err
	}
	port, err := strconv.Atoi(portText)
	if err != nil {
		return nil, err
	}
	from, err := lead.ParseEmail(o.from)
	if err != nil {
		return nil, err
	}
	settings := []mail.Option{mail.WithPort(port), mail.WithTLSPolicy(mail.TLSMandatory)}
	if !o.startTLS {
		settings = append(settings, mail.WithTLSPolicy(mail.NoTLS))
	}
	if user := os.Getenv("SMTP_USER"); user != "" {
		settings = append(settings, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(user), mail.WithPassword(os.Getenv("SMTP_PASSWORD")))
	}
	client, err := mail.NewClient(host, settings...)
	return &mailSink{client, from}, err
}

// Deliver sends m. Its error never holds an address: that is written into the books.
func (s *mailSink) Deliver(ctx context.Context, m lifecycle.Message) error {
	if len(m.To) == 0 {
		return &lifecycle.MessageError{Err: errors.New("nobody to write to")}
	}
	letter, err := s.letter(m)
	if err != nil {
		return &lifecycle.MessageError{Err: errors.New("the letter cannot be written")}
	}
	err = s.client.DialAndSendWithContext(ctx, letter)
	if refused, ok := errors.AsType[*mail.SendError](err); ok {
		err := fmt.Errorf("the mail server refused it, for good: %t, with code %d", !refused.IsTemp(), refused.ErrorCode())
		if refused.Reason == mail.ErrSMTPRcptTo && !refused.IsTemp() { // the address, not the server
			return &lifecycle.MessageError{Err: err}
		}
		return err
	}
	if err != nil {
		return errors.New("the mail server cannot be reached")
	}
	return nil
}

// letter has the alert's id as its Message-ID, so that a mail system that gets it twice
// can tell, and says that no person wrote it, so that no machine answers.
func (s *mailSink) letter(m lifecycle.Message) (*mail.Msg, error) {
	letter := mail.NewMsg(mail.WithNoDefaultUserAgent())
	var to []string
	for _, address := range m.To {
		to = append(to, address.String())
	}
	if err := errors.Join(letter.From(s.from.String()), letter.To(to...)); err != nil {
		return nil, err
	}
	letter.Subject(m.Subject)
	letter.SetMessageIDWithValue(fmt.Sprintf("%x@%s", sha256.Sum256([]byte(m.Alert.ID.String())), s.from.Domain()))
	letter.SetDateWithValue(m.Alert.At)
	letter.SetGenHeader("Auto-Submitted", "auto-generated")
	letter.SetBodyString(mail.TypeTextPlain, strings.TrimSpace(m.Text)+"\n")
	return letter, nil
}
