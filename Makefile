# make run    builds, fills an empty store from the collection in the binary, serves
# make test   sets up what the tests need and runs them all
# make soak   the long runs
# make bench  the measurements

GO ?= go
NAME := clearinghouse
DATA ?= data
ADDR ?= 127.0.0.1:8080

.PHONY: build run test check setup soak bench clean

build:
	$(GO) build -trimpath -o $(NAME) ./cmd/clearinghouse

run: build
	./$(NAME) serve --data $(DATA) --addr $(ADDR)

test: check
	testdata/setup.sh
	$(GO) tool gotestsum --format pkgname -- -count=1 -parallel 4 -timeout 20m ./... # browsers and killed processes are waited for more than they work

check:
	@test -z "$$(gofmt -l $$(git ls-files '*.go' 2>/dev/null || find . -name '*.go'))" || { echo "gofmt -w these files:"; gofmt -l .; exit 1; }
	$(GO) vet ./...

soak: check
	testdata/setup.sh soak
	CLEARINGHOUSE_SOAK=1 $(GO) test -count=1 -timeout 150m -v -run 'Kill|Soak|Race|Browser' ./...
	$(GO) test -count=1 -race -timeout 90m -skip 'Kill|^Test(Grows|Memory|Shared)$$' ./... # the last three measure memory, of which the detector takes much
	testdata/fuzz.sh 60s

bench:
	$(GO) test -run '^$$' -bench . -benchtime 1x -timeout 180m ./search ./cmd/clearinghouse

clean:
	rm -rf $(NAME) build
