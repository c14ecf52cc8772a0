{{ self.comment() }}

library ieee;
use ieee.std_logic_1164.all;
use std.textio.all;

entity {{ l.tb.module }}_tb is
end entity;

architecture test of {{ l.tb.module }}_tb is
  constant tb_steps   : natural := {{ l.rows.len() }};
{%- if let Some(held) = l.held %}
  -- Cycles for which a row with flag 4 stays, and of all rows.
  constant tb_held    : natural := {{ held }};
  constant tb_clocks  : natural := {{ l.clocks }};
{%- endif %}
  constant tb_results : natural := {{ l.results }};
  -- Cycles before the first step{% if l.fills() %}: the pipeline is filled, one clock of reset drops all of it{% else if l.tb.has_rst %}: reset{% else %}: what registers hold at power-up leaves{% endif %}.
  constant tb_warm_up : natural := {{ l.warm_up }};
  constant tb_drain   : natural := {{ l.drain() }};
  constant tb_latency : natural := {{ l.tb.latency }};

  subtype tb_row is std_logic_vector({{ l.row_bits - 1 }} downto 0);
  type tb_row_list is array (natural range <>) of tb_row;

  signal clk     : std_logic := '0';
  signal tb_done : boolean := false;
  signal tb_now  : tb_row := x"{{ l.idle }}"; -- row that drives the inputs

  -- The core.
{%- if l.tb.has_rst %}
  signal rst : std_logic := '{% if l.fills() %}0{% else %}1{% endif %}';
{%- endif %}
{%- if l.tb.has_ce %}
  signal ce : std_logic;
{%- endif %}
{%- if l.tb.has_tokens() %}
  signal in_valid, out_valid : std_logic;
{%- endif %}
{%- for f in self.fields() %}
  signal {{ f.port.name }} : {{ self.type_of(f) }};
{%- endfor %}

  procedure tb_put(variable tb_line : inout line; constant tb_text : in string) is
  begin
    write(tb_line, tb_text);
  end procedure;

  -- One bit as it is, more in hexadecimal; a digit with an unknown bit is x.
  function tb_bits(constant tb_code : std_logic_vector) return string is
    constant tb_digit : string(1 to 16) := "0123456789abcdef";
    constant tb_count : natural := (tb_code'length + 3) / 4;
    variable tb_padded : std_logic_vector(4 * tb_count - 1 downto 0) := (others => '0');
    variable tb_text : string(1 to tb_count);
    variable tb_value : natural;
  begin
    tb_padded(tb_code'length - 1 downto 0) := tb_code;
    for tb_k in 1 to tb_count loop
      tb_value := 0;
      for tb_bit in 3 downto 0 loop
        tb_value := 2 * tb_value;
        if tb_padded(4 * (tb_count - tb_k) + tb_bit) = '1' then
          tb_value := tb_value + 1;
        end if;
      end loop;
      if is_x(tb_padded(4 * (tb_count - tb_k) + 3 downto 4 * (tb_count - tb_k))) then
        tb_text(tb_k) := 'x';
      else
        tb_text(tb_k) := tb_digit(tb_value + 1);
      end if;
    end loop;
    if tb_code'length = 1 then
      return tb_text;
    end if;
    return "0x" & tb_text;
  end function;
{%- if l.floats() %}

  -- Prints the number of a floating-point code. Magnitudes up to tb_max are numbers.
  procedure tb_show_float(
    variable tb_line       : inout line;
    constant tb_vector     : in std_logic_vector;
    constant tb_signed     : in boolean;
    constant tb_we         : in natural;
    constant tb_wf         : in natural;
    constant tb_bias       : in integer;
    constant tb_subnormals : in boolean;
    constant tb_max        : in std_logic_vector;
    constant tb_infinity   : in std_logic_vector;
    constant tb_minus_zero : in boolean
  ) is
    constant tb_code      : std_logic_vector(tb_vector'length - 1 downto 0) := tb_vector;
    constant tb_magnitude : std_logic_vector(tb_we + tb_wf - 1 downto 0) := tb_code(tb_we + tb_wf - 1 downto 0);
    constant tb_zero      : std_logic_vector(tb_we + tb_wf - 1 downto 0) := (others => '0');
    constant tb_negative  : boolean := tb_signed and tb_code(tb_code'high) = '1';
    variable tb_field     : natural := 0;
    variable tb_exponent  : integer;
    variable tb_value     : real := 0.0;
  begin
    if is_x(tb_vector) then
      tb_put(tb_line, "unknown");
      return;
    end if;
    if (tb_magnitude > tb_max and tb_magnitude /= tb_infinity)
       or (tb_negative and tb_magnitude = tb_zero and not tb_minus_zero) then
      tb_put(tb_line, "nan");
      return;
    end if;
    if tb_negative then
      tb_put(tb_line, "-");
    end if;
    if tb_magnitude > tb_max then
      tb_put(tb_line, "inf");
      return;
    end if;
    for tb_k in tb_we + tb_wf - 1 downto tb_wf loop
      tb_field := 2 * tb_field;
      if tb_magnitude(tb_k) = '1' then
        tb_field := tb_field + 1;
      end if;
    end loop;
    tb_exponent := tb_field - tb_bias - tb_wf;
    if tb_field = 0 and tb_subnormals then
      tb_exponent := tb_exponent + 1;
    else
      tb_value := 1.0;
    end if;
    for tb_k in tb_wf - 1 downto 0 loop
      tb_value := 2.0 * tb_value;
      if tb_magnitude(tb_k) = '1' then
        tb_value := tb_value + 1.0;
      end if;
    end loop;
    -- Beyond double precision the power of two is left alone.
    if tb_exponent > 971 or tb_exponent < -1074 then
      tb_put(tb_line, real'image(tb_value) & "*2^" & integer'image(tb_exponent));
      return;
    end if;
    for tb_k in 1 to tb_exponent loop
      tb_value := 2.0 * tb_value;
    end loop;
    for tb_k in 1 to -tb_exponent loop
      tb_value := tb_value / 2.0;
    end loop;
    tb_put(tb_line, real'image(tb_value));
  end procedure;
{%- endif %}
{%- if l.widest_fixed() > 0 %}

  -- Prints the number of a fixed-point code: an integer times 2^tb_lsb.
  procedure tb_show_fixed(
    variable tb_line   : inout line;
    constant tb_vector : in std_logic_vector;
    constant tb_signed : in boolean;
    constant tb_lsb    : in integer
  ) is
    constant tb_code     : std_logic_vector(tb_vector'length - 1 downto 0) := tb_vector;
    constant tb_negative : boolean := tb_signed and tb_code(tb_code'high) = '1';
    -- The magnitude of a negative number is its complement plus one.
    variable tb_carry    : boolean := tb_negative;
    variable tb_set      : boolean;
    variable tb_value    : real := 0.0;
    variable tb_weight   : real := 1.0;
  begin
    if is_x(tb_vector) then
      tb_put(tb_line, "unknown");
      return;
    end if;
    for tb_k in 1 to tb_lsb loop
      tb_weight := 2.0 * tb_weight;
    end loop;
    for tb_k in 1 to -tb_lsb loop
      tb_weight := tb_weight / 2.0;
    end loop;
    for tb_k in 0 to tb_code'high loop
      tb_set := (tb_code(tb_k) = '1') xor tb_negative xor tb_carry;
      tb_carry := tb_carry and tb_code(tb_k) = '0';
      if tb_set then
        tb_value := tb_value + tb_weight;
      end if;
      tb_weight := 2.0 * tb_weight;
    end loop;
    if tb_negative then
      tb_put(tb_line, "-");
    end if;
    tb_put(tb_line, real'image(tb_value));
  end procedure;
{%- endif %}
{%- for s in l.shows %}

  procedure tb_show_{{ loop.index0 }}(variable tb_line : inout line; constant tb_code : in std_logic_vector) is
    constant tb_vector : std_logic_vector({{ s.width - 1 }} downto 0) := tb_code;
  begin
    tb_put(tb_line, " (");
{%- if s.lanes > 1 %}
    for tb_lane in 0 to {{ s.lanes - 1 }} loop
      if tb_lane > 0 then
        tb_put(tb_line, ", ");
      end if;
      {{ self.show_call(s) }}
    end loop;
{%- else %}
    {{ self.show_call(s) }}
{%- endif %}
    tb_put(tb_line, ")");
  end procedure;
{%- endfor %}

  -- A row: {{ l.row_comment() }}.
  constant tb_rows : tb_row_list(0 to tb_steps) := (
{%- for row in l.rows %}
    x"{{ row }}",{% if loop.index0 % 16 == 0 %} -- row {{ loop.index0 }}{% endif %}
{%- endfor %}
    x"{{ l.idle }}"
  );

  -- The first step from tb_from on whose input is taken.
  function tb_next(constant tb_from : natural) return natural is
    variable tb_step : natural := tb_from;
  begin
    while tb_step < tb_steps and tb_rows(tb_step)({{ l.row_bits - 3 }} downto {{ l.row_bits - 4 }}) /= "11" loop
      tb_step := tb_step + 1;
    end loop;
    return tb_step;
  end function;
{%- if l.held.is_some() %}

  -- Cycles for which a row stays.
  function tb_duration(constant tb_code : tb_row) return positive is
  begin
    if tb_code({{ l.row_bits - 2 }}) = '1' then
      return tb_held;
    end if;
    return 1;
  end function;
{%- endif %}
begin
{%- if l.tb.has_ce %}
  ce <= tb_now({{ l.row_bits - 3 }});
{%- endif %}
{%- if l.tb.has_tokens() %}
  in_valid <= tb_now({{ l.row_bits - 4 }});
{%- endif %}
{%- for f in l.inputs %}
  {{ f.port.name }} <= {{ self.slice("tb_now", f) }};
{%- endfor %}

  tb_core : entity work.{{ l.tb.module }}
    port map (
{%- if l.tb.clocked %}
      clk => clk,
{%- if l.tb.has_rst %}
      rst => rst,
{%- endif %}
{%- if l.tb.has_ce %}
      ce => ce,
{%- endif %}
{%- endif %}
{%- if l.tb.has_tokens() %}
      in_valid => in_valid,
      out_valid => out_valid,
{%- endif %}
{%- for f in self.fields() %}
      {{ f.port.name }} => {{ f.port.name }}{% if !loop.last %},{% endif %}
{%- endfor %}
    );

  tb_clock : process
  begin
    while not tb_done loop
      clk <= '0';
      wait for 5 ns;
      clk <= '1';
      wait for 5 ns;
    end loop;
    wait;
  end process;

  tb_main : process
    variable tb_line     : line;
    variable tb_failures : natural := 0;
    variable tb_check    : natural := tb_next(0); -- step whose result is next
    variable tb_want     : tb_row := tb_rows(tb_next(0)); -- its row
    -- 0: an input is taken in this cycle. k: it was, k enabled cycles before.
    variable tb_taken    : std_logic_vector(0 to tb_latency) := (others => '0');
    variable tb_wrong    : boolean;
{%- if l.held.is_some() %}
    variable tb_step     : natural := 0; -- row that is next
    variable tb_stays    : positive := 1; -- cycles that the row of the inputs still stays, this one included
    variable tb_awaited  : positive := tb_duration(tb_rows(tb_next(0))); -- results of tb_check still to come
    variable tb_lost     : boolean := false; -- one of them did not come
{%- endif %}
  begin
    for tb_cycle in -tb_warm_up to {% if l.held.is_some() %}tb_clocks{% else %}tb_steps{% endif %} + tb_drain - 1 loop
      -- What the core gets.
{%- if l.tb.has_rst %}
      if tb_cycle {% if l.fills() %}= -1{% else %}< 0{% endif %} then
        rst <= '1';
      else
        rst <= '0';
      end if;
{%- endif %}
{%- if l.held.is_some() %}
      if tb_stays > 1 then
        tb_stays := tb_stays - 1;
      elsif tb_cycle >= 0 and tb_step < tb_steps then
        tb_now <= tb_rows(tb_step);
        tb_stays := tb_duration(tb_rows(tb_step));
        tb_step := tb_step + 1;
{%- else %}
      if tb_cycle >= 0 and tb_cycle < tb_steps then
        tb_now <= tb_rows(tb_cycle);
{%- endif %}
{%- if l.fills() %}
      elsif tb_cycle < -1 then
        tb_now <= x"{{ l.filling }}";
      elsif tb_cycle = -1 then
        tb_now <= x"{{ l.dropped }}";
{%- endif %}
      else
        tb_now <= x"{{ l.idle }}";
      end if;
      wait until rising_edge(clk);
      -- What it shows.
      if tb_cycle >= 0{% if l.tb.has_ce %} and ce = '1'{% endif %} then
        tb_taken(0) := tb_now({{ l.row_bits - 4 }});
{%- if l.held.is_some() %}
        if tb_taken(tb_latency) = '1' and tb_awaited > 1 then
          tb_lost := tb_lost or out_valid /= '1';
          tb_awaited := tb_awaited - 1;
        elsif tb_taken(tb_latency) = '1' then
{%- else %}
        if tb_taken(tb_latency) = '1' then
{%- endif %}
          tb_wrong := {% for f in l.outputs %}{% if !loop.first %} or {% endif %}{{ f.port.name }} /= {{ self.slice("tb_want", f) }}{% endfor %};
{%- if l.tb.has_tokens() %}
          tb_wrong := tb_wrong or out_valid /= '1'{% if l.held.is_some() %} or tb_lost{% endif %};
{%- endif %}
          if tb_wrong then
            tb_failures := tb_failures + 1;
          end if;
          if tb_wrong and tb_failures <= {{ shown }} then
            tb_put(tb_line, "FAIL cycle " & integer'image(tb_check) & ":");
{%- for f in l.inputs %}
            {{ self.show_operand(f) }}
{%- endfor %}
            tb_put(tb_line, ":");
{%- if l.tb.has_tokens() %}
            if {% if l.held.is_some() %}tb_lost then
              tb_put(tb_line, " out_valid was not 1 in one of the " & integer'image(tb_held) & " cycles");
            elsif {% endif %}out_valid /= '1' then
              tb_put(tb_line, " out_valid=" & tb_bits(std_logic_vector'(0 => out_valid)) & " expected 1");
            else
{%- for f in l.outputs %}
              {{ self.show_result(f) }}
              {{ self.show_expected(f) }}
{%- endfor %}
            end if;
{%- else %}
{%- for f in l.outputs %}
            {{ self.show_result(f) }}
            {{ self.show_expected(f) }}
{%- endfor %}
{%- endif %}
            writeline(output, tb_line);
          end if;
          tb_check := tb_next(tb_check + 1);
          tb_want := tb_rows(tb_check);
{%- if l.held.is_some() %}
          tb_awaited := tb_duration(tb_want);
          tb_lost := false;
{%- endif %}
{%- if l.tb.has_tokens() %}
        elsif out_valid /= '0' then
          tb_failures := tb_failures + 1;
          if tb_failures <= {{ shown }} then
            tb_put(tb_line, "FAIL cycle " & integer'image(tb_cycle) & ": out_valid="
              & tb_bits(std_logic_vector'(0 => out_valid))
              & " expected 0: no input was taken {{ l.tb.latency }} enabled cycles before");
            writeline(output, tb_line);
          end if;
{%- endif %}
        end if;
        tb_taken(1 to tb_latency) := tb_taken(0 to tb_latency - 1);
      end if;
    end loop;

    tb_done <= true;
    if tb_failures > {{ shown }} then
      tb_put(tb_line, "and " & integer'image(tb_failures - {{ shown }}) & " more");
      writeline(output, tb_line);
    end if;
    if tb_failures = 0 then
      tb_put(tb_line, "PASS " & integer'image(tb_results) & " vectors");
      writeline(output, tb_line);
    else
      tb_put(tb_line, "FAIL " & integer'image(tb_failures) & " of " & integer'image(tb_results));
      writeline(output, tb_line);
      assert false report "the core failed its testbench" severity failure;
    end if;
    wait;
  end process;
end architecture;

