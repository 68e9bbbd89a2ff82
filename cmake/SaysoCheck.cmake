# sayso_check(TARGET [COMMAND gate|check|floor] [POLICY FILE] [ARGUMENTS …])
#
# Judges a target's file each time it was linked; the build fails if it does not keep to the policy (the nearest sayso.toml
# upwards from the source folder, or POLICY), or, with COMMAND check, does not load.
#
#   list(APPEND CMAKE_MODULE_PATH "path/to/sayso/cmake")
#   include(SaysoCheck)
#   add_library(plugin SHARED plugin.c)
#   sayso_check(plugin)
include_guard(GLOBAL)

function(sayso_check target)
  cmake_parse_arguments(PARSE_ARGV 1 SAYSO "" "COMMAND;POLICY" "ARGUMENTS")
  if(SAYSO_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "sayso_check(${target}): ${SAYSO_UNPARSED_ARGUMENTS} is not understood: COMMAND, POLICY and ARGUMENTS are")
  endif()
  if(NOT TARGET ${target})
    message(FATAL_ERROR "sayso_check(${target}): there is no such target")
  endif()
  if(NOT SAYSO_COMMAND)
    set(SAYSO_COMMAND gate)
  endif()
  if(NOT SAYSO_COMMAND MATCHES "^(gate|check|floor)$")
    message(FATAL_ERROR "sayso_check(${target}): COMMAND is gate, check or floor, not ${SAYSO_COMMAND}")
  endif()
  find_program(SAYSO_EXECUTABLE sayso)
  if(NOT SAYSO_EXECUTABLE)
    message(FATAL_ERROR "sayso_check(${target}): sayso is not on PATH: cargo install --path crates/cli, or set SAYSO_EXECUTABLE")
  endif()
  set(options)
  if(SAYSO_POLICY)
    get_filename_component(policy "${SAYSO_POLICY}" ABSOLUTE)
    list(APPEND options --policy "${policy}")
  endif()
  add_custom_command(
    TARGET ${target}
    POST_BUILD
    COMMAND "${SAYSO_EXECUTABLE}" ${SAYSO_COMMAND} ${options} ${SAYSO_ARGUMENTS} "$<TARGET_FILE:${target}>"
    WORKING_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}"
    COMMENT "sayso ${SAYSO_COMMAND} ${target}"
    VERBATIM)
endfunction()
