package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"runtime/debug"
	"runtime/metrics"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"clearinghouse/api"
	"clearinghouse/catalog"
	"clearinghouse/indexer"
	"clearinghouse/ui"

	"github.com/spf13/pflag"
	"golang.org/x/sync/errgroup"
)

const (
	stopTimeout   = 10 * time.Second // for requests under way when a stop is asked for
	dueInterval   = time.Minute      // how often due sources are looked for
	memoryCheck   = time.Second      // how often pulls that wait for memory look again
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

// server serves one data folder until its context ends.
type server struct {
	house    *house
	program  *program
	log      *slog.Logger
	listener net.Listener
	http     *http.Server
	sources  atomic.Pointer[[]*indexer.Source] // as last read
	wanted   chan map[string]indexer.Wish      // sources to pull now, by id
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
	s := &server{house: h, program: p, log: log, listener: listener, wanted: make(chan map[string]indexer.Wish, 1)}
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
	public, err := api.New(api.Options{
		Store: s.house.store, Engine: s.house.index, Taxonomy: s.house.taxonomy,
		Sources: s.collected, Admin: s, Ready: s.ready, Log: s.log, Version: version(), BaseURL: p.config.BaseURL,
	})
	if err != nil {
		return err
	}
	pages, err := ui.New(ui.Options{API: public, BaseURL: p.config.BaseURL})
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
	return strings.HasPrefix(path, "/api/") || path == "/healthz" || path == "/readyz"
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

// harvest pulls each source when it is due, the collection in the binary among
// them if the store was begun for it.
func (s *server) harvest(ctx context.Context) error {
	limits := s.program.config.Pull
	runner := s.program.runner(s.house, indexer.Options{Log: s.log, Wait: s.waitForMemory})
	defer runner.Close()
	pull := func(source *indexer.Source, wish indexer.Wish) {
		turn, cancel := context.WithTimeoutCause(ctx, limits.Time, errTurnOver)
		defer cancel()
		if _, err := runner.Pull(turn, source, wish); err != nil && turn.Err() == nil {
			s.log.Error("pull", slog.String("source", source.ID), slog.Any("error", err))
		}
		if err := s.house.store.FindPairs(ctx, time.Now()); err != nil && ctx.Err() == nil {
			s.log.Error("pairs", slog.Any("error", err))
		}
	}
	var running sync.Map // ids of sources
	var pulls errgroup.Group
	defer pulls.Wait()
	pulls.SetLimit(limits.AtOnce)
	tick := time.NewTicker(dueInterval)
	defer tick.Stop()
	wanted := map[string]indexer.Wish{} // by whoever has a key; the others are pulled when they are due
	ended := make(chan struct{}, 1)     // a pull has, and another may begin
	for {
		for _, source := range s.readSources() {
			if ctx.Err() != nil {
				return nil
			}
			wish, now := wanted[source.ID]
			due, err := runner.Due(source)
			switch {
			case err != nil:
				s.log.Error("pull", slog.String("source", source.ID), slog.Any("error", err))
			case !due && !now:
			case !s.filled.Load(): // the collection comes first, and readers wait for it
				pull(source, wish)
			default:
				if _, is := running.LoadOrStore(source.ID, true); is {
					continue
				}
				started := pulls.TryGo(func() error {
					pull(source, wish)
					running.Delete(source.ID)
					select {
					case ended <- struct{}{}:
					default:
					}
					return nil
				})
				if !started {
					running.Delete(source.ID)
					continue // its turn comes when another has ended
				}
			}
			delete(wanted, source.ID)
			s.filled.Store(s.filled.Load() || ctx.Err() == nil)
		}
		select {
		case <-ctx.Done():
			return nil
		case asked := <-s.wanted:
			maps.Copy(wanted, asked)
		case <-ended:
		case <-tick.C:
		}
	}
}

// Who names the holder of a key.
func (s *server) Who(secret string) (string, error) {
	key, err := s.house.store.People().KeyOf(secret)
	return key.Name, err
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
	asked := map[string]indexer.Wish{}
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

var errTurnOver = errors.New("its time was over, as pull.time in clearinghouse.yaml has it")

// waitForMemory lets a pull go on when the program uses less memory than is
// configured, or with the error of ctx.
func (s *server) waitForMemory(ctx context.Context) error {
	for waiting := false; ; waiting = true {
		used, limit := memoryInUse(), s.program.config.Pull.memory
		if used <= limit {
			return ctx.Err()
		}
		if !waiting {
			s.log.Warn("pull waits for memory", slog.Uint64("used", used), slog.Uint64("limit", limit))
			debug.FreeOSMemory()
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(memoryCheck):
		}
	}
}

// memoryInUse are the bytes that the Go runtime has of the system and holds.
func memoryInUse() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64() - sample[1].Value.Uint64()
}

// collected are the sources and their last runs.
func (s *server) collected() ([]catalog.SourceInfo, error) {
	var out []catalog.SourceInfo
	for _, source := range *s.sources.Load() {
		last, err := s.house.store.LastRun(source.ID)
		if err != nil {
			return nil, err
		}
		out = append(out, source.Info(last))
	}
	return out, nil
}

// readSources reads the sources anew each time, so that a new file needs no
// restart. Files that are wrong are named in the log; the others are pulled.
func (s *server) readSources() []*indexer.Source {
	sources := s.configured()
	s.sources.Store(&sources)
	return sources
}

func (s *server) configured() []*indexer.Source {
	sources, err := s.program.sources(s.house.taxonomy)
	if err != nil {
		s.log.Error("source files", slog.Any("error", err))
	}
	if s.house.store.BegunBy() != "serve" {
		return sources
	}
	builtIn, err := indexer.Starter(s.house.taxonomy)
	if err != nil {
		s.log.Error("starter collection", slog.Any("error", err))
		return sources
	}
	return append([]*indexer.Source{builtIn}, sources...)
}
