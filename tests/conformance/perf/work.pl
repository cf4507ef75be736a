my $end = time + 3;
sub fib { my $n = shift; $n < 2 ? $n : fib($n - 1) + fib($n - 2) }
while (time < $end) {
  fib(15);
  my %names;
  $names{$_ % 97} .= $_ for 1 .. 3000;
  my @sorted = sort { $names{$a} cmp $names{$b} } keys %names;
  my $text = join ",", @sorted;
  $text =~ s/(\d+)(\d)/$2$1/g;
}
