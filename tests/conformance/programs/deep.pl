# Aborts deep inside Perl code: sort blocks, overloads, ties, evals, regular expression callbacks.
package Counted;
use overload '""' => sub { main::descend($_[0]{depth} - 1) }, 'cmp' => sub { main::descend($_[0]{depth} - 1) };

package main;

sub by_sort { my $depth = shift; my @sorted = sort { descend($depth - 1) } 1, 2; @sorted }
sub by_overload { my $one = bless { depth => shift }, 'Counted'; "text $one" }
sub by_eval { my $depth = shift; eval { descend($depth - 1) } }
sub by_replace { my $depth = shift; (my $text = 'abc') =~ s/b/descend($depth - 1)/e; $text }
sub by_sorted_overload { my $depth = shift; my @all = sort map { bless { depth => $depth }, 'Counted' } 1, 2; @all }

sub descend {
  my $depth = shift;
  kill ABRT => $$ if $depth <= 0;
  return (\&by_sort, \&by_overload, \&by_eval, \&by_replace, \&by_sorted_overload)[$depth % 5]->($depth);
}
descend(40);
