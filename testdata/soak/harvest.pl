# Harvests a repository with HTTP::OAI, which knows nothing of this project, and prints
# "identifier deleted" for each record: perl harvest.pl ADDRESS PREFIX
use strict;
use warnings;
use HTTP::OAI;

my ($address, $prefix) = @ARGV;
my $harvester = HTTP::OAI::Harvester->new(baseURL => $address);
my $identify = $harvester->Identify;
die $identify->message if $identify->is_error;
my $list = $harvester->ListRecords(
	metadataPrefix => $prefix,
	onRecord => sub { my ($record) = @_; print $record->identifier, " ", ($record->is_deleted ? 1 : 0), "\n" },
);
die $list->message if $list->is_error;
