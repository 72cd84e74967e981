package main

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"clearinghouse/store"

	"github.com/spf13/pflag"
)

func setupKeys(*pflag.FlagSet) func(context.Context, *program, []string) error {
	return func(_ context.Context, p *program, args []string) error {
		var do func(*store.People) error
		switch {
		case len(args) == 0 || len(args) == 1 && args[0] == "list":
			do = p.listKeys
		case len(args) == 2 && args[0] == "add":
			do = func(people *store.People) error { return p.addKey(people, args[1]) }
		case len(args) == 2 && args[0] == "revoke":
			do = func(people *store.People) error { return p.revokeKey(people, args[1]) }
		default:
			return usagef("write clearinghouse keys, clearinghouse keys add NAME, or clearinghouse keys revoke KEY")
		}
		t, err := taxonomy()
		if err != nil {
			return err
		}
		if err := p.mustExist(); err != nil {
			return err
		}
		s, _, err := p.openStore("keys", t)
		if err != nil {
			return err
		}
		defer s.Close()
		return do(s.People())
	}
}

func (p *program) listKeys(people *store.People) error {
	keys, err := people.Keys()
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "KEY\tNAME\tMADE\tREVOKED")
	for _, k := range keys {
		revoked := ""
		if !k.Revoked.IsZero() {
			revoked = k.Revoked.Format(time.DateOnly)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", k.ID, k.Name, k.Created.Format(time.DateOnly), revoked)
	}
	return w.Flush()
}

func (p *program) addKey(people *store.People, name string) error {
	key, secret, err := people.AddKey(name, time.Now())
	if err != nil {
		return err
	}
	fmt.Fprintf(p.stderr, "key %s for %s; it is shown this once:\n", key.ID, key.Name)
	fmt.Fprintln(p.stdout, secret)
	return nil
}

func (p *program) revokeKey(people *store.People, id string) error {
	if err := people.RevokeKey(id, time.Now()); err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "key %s is revoked\n", id)
	return nil
}
