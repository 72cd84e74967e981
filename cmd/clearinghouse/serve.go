package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"clearinghouse/api"
	"clearinghouse/catalog"
	"clearinghouse/indexer"
	"clearinghouse/indexer/starter"
	"clearinghouse/store"
	"clearinghouse/ui"

	"github.com/spf13/pflag"
)

const (
	stopTimeout   = 10 * time.Second // for requests under way when a stop is asked for
	dueInterval   = time.Minute      // how often due sources are looked for
	retryInterval = 10 * time.Second // after the index could not be written
)

func setupServe(flags *pflag.FlagSet) func(context.Context, *program, []string) error {
	addr := flags.String("addr", "", "listen on this `host:port` (default 127.0.0.1:8080)")
	return func(ctx context.Context, p *program, args []string) error {
		if err := noArguments("serve", args); err != nil {
			return err
		}
		if *addr != "" {
			if _, _, err := net.SplitHostPort(*addr); err != nil {
				return usagef("--addr %q must be host:port, as in 127.0.0.1:8080", *addr)
			}
			p.config.Addr = *addr
		}
		if os.Getenv("GOGC") == "" {
			debug.SetGCPercent(garbage)
		}
		s, err := p.newServer()
		if err != nil {
			return err
		}
		slog.SetDefault(s.log) // libraries that log by themselves are heard there
		err = s.Run(ctx)
		if e := s.Close(); err == nil {
			err = e
		}
		return err
	}
}

// garbage is how much a server may have that nobody uses, in percent of what is used. Go's 100
// takes more memory: BenchmarkServe shows how much, with GOGC=100 and without.
const garbage = 70

// server serves one data folder until its context ends.
type server struct {
	house    *house
	program  *program
	log      *slog.Logger
	listener net.Listener
	http     *http.Server
	stop     context.CancelFunc                // lets nobody wait for a change any longer
	sources  atomic.Pointer[[]*indexer.Source] // as last read, those whose files have gone wrong as before
	reading  sync.Mutex                        // held while they are read, so that one reading follows another
	wrong    string                            // what was wrong with their files then, under reading
	wanted   chan wishes                       // sources to pull now
	filled   atomic.Bool                       // the starter collection is in the store, or is not wanted
}

// newServer opens the address and then the data folder, so that an address that
// is taken leaves no new store behind.
func (p *program) newServer() (*server, error) {
	listener, err := net.Listen("tcp", p.config.Addr)
	if err != nil {
		return nil, catalog.Errorf(catalog.Conflict, "cannot listen on %s: %v; choose another address with --addr", p.config.Addr, err)
	}
	log := slog.New(slog.NewTextHandler(p.stderr, nil))
	h, err := p.open("serve")
	if err != nil {
		listener.Close()
		return nil, err
	}
	s := &server{house: h, program: p, log: log, listener: listener, wanted: make(chan wishes, 1)}
	s.filled.Store(h.store.BegunBy() != "serve")
	s.readSources()
	if h.note != "" {
		log.Warn("index", slog.String("note", h.note))
	}
	if err := s.handle(); err != nil {
		listener.Close()
		h.close()
		return nil, err
	}
	return s, nil
}

// handle makes what answers requests.
func (s *server) handle() error {
	p := s.program
	var stopping context.Context
	stopping, s.stop = context.WithCancel(context.Background())
	public, err := api.New(api.Options{
		Store: s.house.store, Sets: s.house.store, Engine: s.house.index, Taxonomy: s.house.taxonomy,
		Sources: s.collected, SourceName: s.sourceName, Admin: s, Ready: s.ready, Log: s.log, Version: version(), BaseURL: p.config.BaseURL, Contact: p.config.Contact, Stopping: stopping,
	})
	if err != nil {
		return err
	}
	pages, err := ui.New(ui.Options{API: public, BaseURL: p.config.BaseURL, Contact: p.config.Contact})
	if err != nil {
		return err
	}
	s.http = newHTTPServer(s.log, func(w http.ResponseWriter, r *http.Request) {
		if isAPI(r.URL.Path) {
			public.ServeHTTP(w, r)
			return
		}
		s.logged(pages, w, r)
	})
	s.http.RegisterOnShutdown(s.stop)
	return nil
}

// newHTTPServer serves with h and gives no client more than its due, see patient.
func newHTTPServer(log *slog.Logger, h http.HandlerFunc) *http.Server {
	return &http.Server{
		Handler:           patient(h),
		ReadHeaderTimeout: 10 * time.Second,
		WriteTimeout:      stallTimeout, // until the first write of an answer, which extends it
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}

func isAPI(path string) bool {
	return strings.HasPrefix(path, "/api/") || strings.HasPrefix(path, "/sitemap") || strings.HasPrefix(path, "/oai") || path == "/healthz" || path == "/readyz"
}

// logged serves a page, writes a line about it, and answers even if the page
// panics. The API does the same for its own requests.
func (s *server) logged(pages http.Handler, w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	counted := &countingWriter{ResponseWriter: w, status: http.StatusOK}
	defer func() {
		if v := recover(); v != nil {
			s.log.Error("panic", slog.String("path", r.URL.Path), slog.Any("panic", v), slog.String("stack", string(debug.Stack())))
			if counted.bytes == 0 {
				http.Error(counted, "Something went wrong here. Please try again.", http.StatusInternalServerError)
			}
		}
		s.log.Info("page", slog.String("method", r.Method), slog.String("path", r.URL.Path), slog.Int("status", counted.status),
			slog.Float64("ms", float64(time.Since(began).Microseconds())/1000), slog.Int("bytes", counted.bytes))
	}()
	pages.ServeHTTP(counted, r)
}

// countingWriter notes what is answered.
type countingWriter struct {
	http.ResponseWriter
	status, bytes int
}

func (w *countingWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

func (w *countingWriter) Write(p []byte) (int, error) {
	n, err := w.ResponseWriter.Write(p)
	w.bytes += n
	return n, err
}

// URL is the address under which the server can be reached from here.
func (s *server) URL() string { return "http://" + s.listener.Addr().String() }

// ready reports whether the index has caught up with the store.
func (s *server) ready() (bool, string) {
	switch {
	case !s.filled.Load():
		return false, "the starter collection is being taken in: try again in a moment"
	case !s.house.index.CaughtUp():
		return false, fmt.Sprintf("the index is at change %d of %d: try again in a moment", s.house.index.Mark(), s.house.store.Head())
	}
	return true, ""
}

// Run serves until ctx ends and then stops in order: no new requests, those
// under way to their end, the harvest and the index at the next safe point.
func (s *server) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var wait sync.WaitGroup
	failed := make(chan error, 3)
	background := func(what string, f func(context.Context) error) {
		wait.Go(func() {
			if err := f(ctx); err != nil && ctx.Err() == nil {
				failed <- fmt.Errorf("%s: %w", what, err)
			}
		})
	}
	background("index", s.follow)
	background("harvest", s.harvest)
	wait.Go(func() { s.house.index.Prepare(ctx) })
	wait.Go(func() {
		if err := s.http.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
			failed <- err
		}
	})
	s.log.Info("serving", slog.String("address", s.URL()), slog.String("data", s.program.data))
	var err error
	select {
	case <-ctx.Done():
		s.log.Info("stopping")
	case err = <-failed:
	}
	stopping, done := context.WithTimeout(context.Background(), stopTimeout)
	defer done()
	if e := s.http.Shutdown(stopping); e != nil {
		s.http.Close()
	}
	cancel()
	wait.Wait()
	return err
}

// Close gives the data folder free.
func (s *server) Close() error { return s.house.close() }

// follow keeps the index up to date. What is in it can be searched even while it
// cannot be written to, as on a full disk.
func (s *server) follow(ctx context.Context) error {
	for {
		err := s.house.index.Follow(ctx)
		if ctx.Err() != nil {
			return nil
		}
		s.log.Error("index", slog.Any("error", err), slog.Duration("again_in", retryInterval))
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(retryInterval):
		}
	}
}

// harvest pulls each source when it is due or wanted.
func (s *server) harvest(ctx context.Context) error {
	pulls := s.program.pulls(s.house, indexer.Options{Log: s.log}, func(used, limit uint64) {
		s.log.Warn("pull waits for memory", slog.Uint64("used", used), slog.Uint64("limit", limit))
	})
	defer pulls.close()
	pull := func(source *indexer.Source, wish indexer.Wish) error {
		_, err := pulls.pull(ctx, source, wish)
		if err != nil && ctx.Err() == nil {
			s.log.Error("pull", slog.String("source", source.ID), slog.Any("error", err))
		}
		if err := s.house.store.FindPairs(ctx, time.Now(), nil); err != nil && ctx.Err() == nil {
			s.log.Error("pairs", slog.Any("error", err))
		}
		return err
	}
	due := func(sources []*indexer.Source) []*indexer.Source {
		due, err := pulls.runner.Due(sources...)
		if err != nil {
			s.log.Error("pull", slog.Any("error", err))
		}
		return due
	}
	if !s.filled.Load() { // the collection comes first, and readers wait for it
		for _, source := range due(s.readSources()) {
			if source.ID == starter.ID {
				_ = pull(source, indexer.Wish{}) // it is logged
			}
		}
		s.filled.Store(ctx.Err() == nil)
	}
	var running sync.Map // ids of sources
	var failed sync.Map  // those of which nothing can be stored, as on a full disk, which wait for the next look
	tick := time.NewTicker(dueInterval)
	defer tick.Stop()
	wanted := wishes{}              // of whoever has a key; the others are pulled when they are due
	ended := make(chan struct{}, 1) // a pull has, and another may begin
	for {
		var now, others []*indexer.Source
		for _, source := range s.readSources() {
			if _, is := wanted[source.ID]; is {
				now = append(now, source)
			} else {
				others = append(others, source)
			}
		}
		for _, source := range append(now, due(others)...) {
			if ctx.Err() != nil {
				return nil
			}
			if _, is := failed.Load(source.ID); is {
				continue
			}
			if _, is := running.LoadOrStore(source.ID, true); is {
				continue
			}
			wish := wanted[source.ID]
			started := pulls.group.TryGo(func() error {
				if err := pull(source, wish); err != nil {
					failed.Store(source.ID, true)
				}
				running.Delete(source.ID)
				select {
				case ended <- struct{}{}:
				default:
				}
				return nil
			})
			if !started {
				running.Delete(source.ID)
				break // the turn of the rest comes when a pull has ended
			}
			delete(wanted, source.ID)
		}
		select {
		case <-ctx.Done():
			return nil
		case asked := <-s.wanted:
			wanted.add(asked)
		case <-ended:
		case <-tick.C:
			failed.Clear()
		}
	}
}

// wishes are sources to pull, by id, and how.
type wishes map[string]indexer.Wish

// add keeps the stronger of two wishes for a source.
func (w wishes) add(more wishes) {
	for id, wish := range more {
		w[id] = indexer.Wish{Full: w[id].Full || wish.Full, Fewer: w[id].Fewer || wish.Fewer}
	}
}

// Who names the holder of a key.
func (s *server) Who(secret string) (string, error) {
	key, err := s.house.store.People().KeyOf(secret)
	return key.Name, err
}

// Keys lists the keys.
func (s *server) Keys() ([]api.Key, error) {
	keys, err := s.house.store.People().Keys()
	var out []api.Key
	for _, key := range keys {
		out = append(out, publicKey(key))
	}
	return out, err
}

// AddKey makes a key.
func (s *server) AddKey(name string) (api.Key, string, error) {
	key, secret, err := s.house.store.People().AddKey(name, time.Now())
	return publicKey(key), secret, err
}

// RevokeKey makes a key useless.
func (s *server) RevokeKey(id string) error {
	return s.house.store.People().RevokeKey(id, time.Now())
}

func publicKey(key store.Key) api.Key {
	out := api.Key{ID: key.ID, Name: key.Name, Created: key.Created}
	if !key.Revoked.IsZero() {
		out.Revoked = &key.Revoked
	}
	return out
}

// Pull has sources pulled now, all if none is named.
func (s *server) Pull(ids []string, full, fewer bool) ([]string, error) {
	var known []string
	for _, source := range s.readSources() {
		known = append(known, source.ID)
	}
	if len(ids) == 0 {
		ids = known
	}
	for _, id := range ids {
		if !slices.Contains(known, id) {
			return nil, &catalog.Error{Code: catalog.NotFound, Param: "source", Allowed: known, Message: fmt.Sprintf("there is no source %q; there are %s", id, strings.Join(known, ", "))}
		}
	}
	asked := wishes{}
	for _, id := range ids {
		asked[id] = indexer.Wish{Full: full, Fewer: fewer}
	}
	select {
	case s.wanted <- asked:
		return ids, nil
	default:
		return nil, catalog.Errorf(catalog.TooMany, "others were asked for just now: try again in a moment")
	}
}

// sourceName is the name of a source as its file has it, "" if it has none.
func (s *server) sourceName(id string) string {
	for _, source := range *s.sources.Load() {
		if source.ID == id {
			return source.Name
		}
	}
	return ""
}

// collected are the sources and how their last runs went.
func (s *server) collected() ([]catalog.SourceInfo, error) {
	var out []catalog.SourceInfo
	for _, source := range *s.sources.Load() {
		last, err := s.house.store.LastSummary(source.ID)
		if err != nil {
			return nil, err
		}
		info := source.Info(last)
		if info.Origins, err = s.house.store.Origins(source.ID); err != nil {
			return nil, err
		}
		out = append(out, info)
	}
	return out, nil
}

// readSources reads the sources anew each time, so that a new file needs no
// restart. Files that are wrong are named in the log, once; the others are pulled.
func (s *server) readSources() []*indexer.Source {
	s.reading.Lock()
	defer s.reading.Unlock()
	sources, wrong := s.configured()
	shown := slices.Clone(sources)
	for _, file := range wrong {
		of := func(source *indexer.Source) bool { return source.ID == file.ID }
		if !slices.ContainsFunc(shown, of) {
			if kept := s.before(file, of); kept != nil {
				shown = append(shown, kept)
			}
		}
	}
	s.sources.Store(&shown)
	return sources
}

// before is a source whose file is wrong as it was before, as far as that is known; nil
// if it never ran.
func (s *server) before(file indexer.WrongFile, of func(*indexer.Source) bool) *indexer.Source {
	if shown := s.sources.Load(); shown != nil {
		if i := slices.IndexFunc(*shown, of); i >= 0 {
			return (*shown)[i]
		}
	}
	if last, err := s.house.store.LastSummary(file.ID); err != nil || last == nil {
		return nil
	}
	return &indexer.Source{ID: file.ID, Name: cmp.Or(file.Name, file.ID), Trusted: true}
}

func (s *server) configured() ([]*indexer.Source, indexer.WrongFiles) {
	sources, err := s.program.sources(s.house.taxonomy)
	var files indexer.WrongFiles
	errors.As(err, &files)
	wrong := ""
	if err != nil {
		wrong = err.Error()
	}
	before := s.wrong
	s.wrong = wrong
	switch {
	case wrong == before:
	case wrong == "":
		s.log.Info("source files are right again")
	default:
		s.log.Error("source files", slog.String("error", wrong))
	}
	if s.house.store.BegunBy() != "serve" {
		return sources, files
	}
	builtIn, err := indexer.Starter(s.house.taxonomy)
	if err != nil {
		s.log.Error("starter collection", slog.Any("error", err))
		return sources, files
	}
	return append([]*indexer.Source{builtIn}, sources...), files
}
